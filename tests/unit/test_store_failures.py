"""What a failure of a table means, also if the table never answered, where PynamoDB itself fails."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import GetError, PutError, PynamoDBException

from chalicelib.domain.errors import Unavailable
from chalicelib.store.failures import condition_failed, response_code, store_error_of

REFUSED = ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": "no"}}, "PutItem")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PutError("no", REFUSED), "ConditionalCheckFailedException"),
        (GetError("late", ReadTimeoutError(endpoint_url="http://tables")), ""),
        (GetError("nothing known"), ""),
    ],
)
def test_the_code_of_an_answer_is_empty_when_there_was_none(error: PynamoDBException, code: str) -> None:
    assert response_code(error) == code
    assert condition_failed(error) == (code != "")


def test_a_table_that_does_not_answer_is_unavailable() -> None:
    found = store_error_of(GetError("late", ReadTimeoutError(endpoint_url="http://tables")))
    assert isinstance(found, Unavailable)
    assert found.details["awsCode"] == "GetError"
    assert store_error_of(ValueError()) is None
