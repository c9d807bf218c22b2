"""The engines that can serve DynamoDB: the tables of this process, or Amazon's DynamoDB Local beside it."""

import json
import logging
import re
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from urllib3 import HTTPConnectionPool

from local.answers import StartResponse, answer_bytes
from local.aws_calls import AwsCall
from local.dynamodb.items import OPERATIONS, Items
from local.dynamodb.refusals import Refused, not_supported
from local.guard import require_loopback
from local.moto_services import MotoServices
from local.wsgi_calls import Answer

LOG = logging.getLogger(__name__)

_CREDENTIAL_KEY = re.compile(r"(?<=Credential=)[^/]+")
_CONNECTIONS = 64
_KEPT_HEADERS = frozenset({"content-type", "x-amz-crc32", "x-amzn-requestid"})
_CONTENT_TYPE = ("Content-Type", "application/x-amz-json-1.0")

# What moto would do with items of its own, of which it has none.
_WITHOUT_ITEMS = frozenset(
    {
        "BatchExecuteStatement",
        "CreateBackup",
        "ExecuteStatement",
        "ExecuteTransaction",
        "ExportTableToPointInTime",
        "ImportTable",
        "RestoreTableFromBackup",
        "RestoreTableToPointInTime",
    }
)


class DynamoDBEngine(Protocol):
    """Answers the DynamoDB calls that the endpoint has let through."""

    def answer(
        self, call: AwsCall, environ: dict[str, Any], body: bytes, start_response: StartResponse, *, account: str
    ) -> Iterable[bytes]: ...

    def serves(self, operation: str) -> bool:
        """Whether the engine answers calls of an operation without their HTTP request."""

    def serve(self, call: AwsCall, *, account: str) -> Answer:
        """The answer to a call of such an operation."""


class OwnEngine:
    """Serves items in this process; moto keeps the tables' descriptions."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto, self._items = moto, Items()

    def answer(
        self, call: AwsCall, environ: dict[str, Any], body: bytes, start_response: StartResponse, *, account: str
    ) -> Iterable[bytes]:
        if not self.serves(call.operation):
            return self._moto.answer(environ, body, start_response, service="dynamodb", account=account)
        answer = self.serve(call, account=account)
        return answer_bytes(start_response, answer.status, answer.body, answer.headers)

    def serves(self, operation: str) -> bool:
        return operation in OPERATIONS or operation in _WITHOUT_ITEMS

    def serve(self, call: AwsCall, *, account: str) -> Answer:
        request_id = ("x-amzn-RequestId", uuid4().hex)
        try:
            if call.operation in _WITHOUT_ITEMS:
                raise not_supported(call.operation)
            answer = self._items.answer(call.operation, call.params, account=account, region=call.region)
        except Refused as refused:
            said = {"message": refused.message, "Message": refused.message, **refused.details}
            body = {"__type": f"com.amazon.coral.validate#{refused.code}", **said}
            headers = [_CONTENT_TYPE, request_id, ("x-amzn-ErrorType", refused.code)]
            return Answer("400 Bad Request", headers, json.dumps(body).encode())
        except Exception:
            LOG.exception("The tables failed on %s.", call.operation)
            return Answer.internal_error()
        return Answer("200 OK", [_CONTENT_TYPE, request_id], _encoded(answer))


def _encoded(answer: Any) -> bytes:
    try:
        return msgspec.json.encode(answer)
    except UnicodeEncodeError:  # half of a pair of surrogates, which only json writes
        return json.dumps(answer).encode()


class AmazonEngine:
    """Amazon's DynamoDB Local. It keeps tables apart by access key and Region: each engine has keys of its own."""

    def __init__(self, endpoint: str) -> None:
        require_loopback("The DynamoDB endpoint", endpoint)
        address = urlsplit(endpoint)
        self._pool = HTTPConnectionPool(address.hostname or "", address.port, maxsize=_CONNECTIONS, retries=False)
        self._world = uuid4().hex

    def answer(
        self,
        call: AwsCall,  # noqa: ARG002 — this engine reads the request itself
        environ: dict[str, Any],
        body: bytes,
        start_response: StartResponse,
        *,
        account: str,
    ) -> Iterable[bytes]:
        authorization = _CREDENTIAL_KEY.sub(f"{self._world}{account}", environ["HTTP_AUTHORIZATION"])
        headers = {
            "Authorization": authorization,
            "Content-Type": environ.get("CONTENT_TYPE", ""),
            "X-Amz-Date": environ.get("HTTP_X_AMZ_DATE", ""),
            "X-Amz-Target": environ.get("HTTP_X_AMZ_TARGET", ""),
        }
        answer = self._pool.request("POST", "/", body=body, headers=headers)
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() in _KEPT_HEADERS]
        return answer_bytes(start_response, f"{answer.status} {answer.reason}", answer.data, kept)

    def serves(self, operation: str) -> bool:  # noqa: ARG002 — none
        return False

    def serve(self, call: AwsCall, *, account: str) -> Answer:
        raise NotImplementedError(f"{call.operation} of {account} needs its request.")

    def close(self) -> None:
        self._pool.close()
