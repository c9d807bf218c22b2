"""Masking: real secrets in every spelling, and no word that only looks like one."""

import base64
import string
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.domain.access.masking import MASK, is_secret, mask_message, mask_output, mask_values

SECRETS = [
    ("password",),
    ("passwd",),
    ("passphrase",),
    ("secret",),
    ("secrets",),
    ("token",),
    ("tokens",),
    ("credentials",),
    ("authorization",),
    ("external", "id"),
    ("access", "key"),
    ("access", "key", "id"),
    ("secret", "access", "key"),
    ("api", "key"),
    ("private", "key"),
    ("x", "amz", "signature"),
    ("token", "code"),
]
AROUND = ["db", "aws", "client", "session", "auth", "my", "hash", "value", "issuer", "identity"]
INNOCENT = [
    *("secretary", "secretariat", "secretion", "tokenizer", "tokenization", "tokenise", "passwordless", "keyboard"),
    *("monkey", "author", "authorName", "authority", "keynote", "credentialed", "access", "external", "identity", "id"),
    *("identifier", "key", "bypass", "sort", "partition", "plan", "wave", "server", "betimes"),
]
ABOUT = ["name", "arn", "type", "count", "expiry", "policy", "version", "url"]


def spellings(words: tuple[str, ...]) -> list[str]:
    """The words as one name, in the spellings that people use."""
    capital = [word[:1].upper() + word[1:] for word in words]
    return [
        words[0] + "".join(capital[1:]),
        "".join(capital),
        "_".join(words),
        "-".join(words),
        "-".join(capital),
        "_".join(words).upper(),
        "".join(words),
        "".join(words).upper(),
    ]


def odd_case(name: str) -> str:
    return "".join(sign.upper() if place % 2 else sign.lower() for place, sign in enumerate(name))


secret_names = st.tuples(
    st.lists(st.sampled_from(AROUND), max_size=2),
    st.sampled_from(SECRETS),
    st.lists(st.sampled_from(AROUND), max_size=1),
).flatmap(lambda parts: st.sampled_from(spellings((*parts[0], *parts[1], *parts[2]))))
values = st.text(string.ascii_letters + string.digits + "-_/+.", min_size=8, max_size=30).map(lambda text: f"zq{text}")


@given(secret_names, values)
def test_a_secret_is_masked_in_every_spelling_of_its_name(name: str, value: str) -> None:
    # In "externalidvalue" nothing shows where the words end.
    assume("externalid" not in name.lower() or name.lower().endswith("id") or name not in {name.lower(), name.upper()})
    assert is_secret(name)
    assert mask_values({"a": [{name: value}]}) == {"a": [{name: MASK}]}
    for text in (
        f"{name}={value}",
        f"It broke: {name}: {value}, again",
        f'{{"{name}": "{value}"}}',
        f"{{'{name}' : '{value} and more'}}",
        f"{name}: Bearer {value}",
        f"tokenizer: {name}={value}",
        f"secretName: x; {name}={value}",
    ):
        assert value not in mask_message(text), text
        assert value not in mask_output(text), text


@pytest.mark.parametrize("words", SECRETS)
@pytest.mark.parametrize("spelling", range(8))
def test_each_secret_is_masked_in_each_spelling(words: tuple[str, ...], spelling: int) -> None:
    name = spellings(words)[spelling]
    assert is_secret(name)
    assert mask_message(f"{name}=hunter2") == f"{name}={MASK}"


@pytest.mark.parametrize("words", SECRETS)
def test_capital_letters_do_not_matter(words: tuple[str, ...]) -> None:
    assert is_secret(odd_case("".join(words)))
    assert is_secret(" ".join(words))


@given(st.lists(st.sampled_from(INNOCENT), min_size=1, max_size=3, unique=True), st.integers(0, 7), values)
def test_words_that_are_no_secrets_are_kept(words: list[str], spelling: int, value: str) -> None:
    assume(not {"accesskey", "externalid"} & {first + second for first, second in pairwise(words)})
    name = spellings(tuple(words))[spelling]
    # Together they would be a word of 64 characters, which is masked unless it is a path or a row of words.
    assume(len(f"{name}={value}") < 64)
    assert not is_secret(name)
    assert mask_values({name: value}) == {name: value}
    for text in (f"{name}: {value}", f"{name}={value} was kept", f"{name} of the plan: {value}"):
        assert mask_message(text) == text
        assert mask_output(text) == text


@given(st.sampled_from([words for words in SECRETS if words[-1] != "code"]), st.sampled_from(ABOUT), st.integers(0, 5))
def test_the_name_of_a_secret_is_not_the_secret(words: tuple[str, ...], about: str, spelling: int) -> None:
    name = spellings((*words, about))[spelling]
    assert not is_secret(name)
    assert mask_message(f"{name}: prod/db") == f"{name}: prod/db"


@pytest.mark.parametrize(
    "text",
    [
        "Secretary: Jane Doe",
        "tokenizer=fast",
        "externalIdentityProvider: corporate",
        "The task token expired, so the wave waits.",
        "arn:aws:states:us-east-2:111122223333:execution:dr-orchestration-prod:exec-01J0000000000000000000000A-wave-1-2",
        "arn:aws:s3:::backup/recovery/storefront/databases/primary/snapshots/2026/11/26/daily/full/archive",
        "/var/log/storefront/application/recovery/validation/databases/primary/check-database-consistency",
        "-" * 80 + "\n" + "=" * 100,
        "run 0f8fad5b-d9cd-469f-a165-70867728950e_7c9e6679-7425-40de-944b-e07fc1f90ae7-attempt",
    ],
)
def test_what_people_need_to_read_is_kept(text: str) -> None:
    assert mask_message(text) == text
    assert mask_output(text) == text


@given(st.binary(min_size=48, max_size=300).filter(lambda key: len(set(key)) > 20), st.sampled_from(["", "/"]))
def test_long_keys_and_tokens_are_masked_without_a_name(key: bytes, before: str) -> None:
    for encoded in (base64.b64encode(key), base64.urlsafe_b64encode(key), key.hex().encode()):
        text = f"It says {before}{encoded.decode()} and stops."
        assert encoded.decode() not in mask_message(text)
