"""What the audit log stores of a request: everything except secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.access.audit import MAX_PARAMETER_CHARACTERS, describe_parameters, resource_ids
from chalicelib.domain.access.masking import MASK, mask_values

SECRETS = [
    "password",
    "dbPassword",
    "externalId",
    "external_id",
    "taskToken",
    "Authorization",
    "awsSecret",
    "accessKey",
]

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["name", "planId", "waves", "tags"]), inner),
)


@pytest.mark.parametrize("key", SECRETS)
def test_secrets_are_masked_at_any_depth(key: str) -> None:
    assert mask_values({"a": [{"b": {key: "hush"}}], key: {"c": "hush"}}) == {"a": [{"b": {key: MASK}}], key: MASK}


@given(plain)
def test_everything_else_is_kept(value: object) -> None:
    assert mask_values(value) == value


@given(st.sampled_from(SECRETS), plain)
def test_no_secret_survives_anywhere(key: str, value: object) -> None:
    assert "hush-hush" not in describe_parameters({"around": [value, {key: ["hush-hush", {"x": "hush-hush"}]}]})


def test_long_parameters_are_cut() -> None:
    assert len(describe_parameters({"name": "x" * 10_000})) == MAX_PARAMETER_CHARACTERS


def test_the_ids_that_a_call_names_are_found() -> None:
    body = {"planId": "p", "groupId": "", "name": "n", "externalId": "hush", "executionId": "e", "limitId": 5}
    assert resource_ids(body) == ("executionId=e", "planId=p")
