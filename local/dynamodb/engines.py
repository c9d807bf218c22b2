"""The engines that can serve DynamoDB: moto in this process, or Amazon's DynamoDB Local beside it."""

import re
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from moto.dynamodb.models import dynamodb_backends
from urllib3 import HTTPConnectionPool

from local.answers import StartResponse, answer_bytes, answer_json
from local.aws_calls import AwsCall
from local.dynamodb.keys import Schema
from local.dynamodb.moto_limits import set_limits_right
from local.dynamodb.refusals import Refused
from local.dynamodb.rules import check
from local.guard import require_loopback
from local.moto_services import MotoServices

_CREDENTIAL_KEY = re.compile(r"(?<=Credential=)[^/]+")
_CONNECTIONS = 64
_KEPT_HEADERS = frozenset({"content-type", "x-amz-crc32", "x-amzn-requestid"})


class DynamoDBEngine(Protocol):
    """Answers the DynamoDB calls that the endpoint has let through."""

    def answer(
        self, call: AwsCall, environ: dict[str, Any], body: bytes, start_response: StartResponse, *, account: str
    ) -> Iterable[bytes]: ...


class MotoEngine:
    """moto's tables, fast and in this process, behind the rules of DynamoDB that moto does not know."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto
        set_limits_right()

    def answer(
        self, call: AwsCall, environ: dict[str, Any], body: bytes, start_response: StartResponse, *, account: str
    ) -> Iterable[bytes]:
        try:
            check(call.operation, call.params, lambda table: _schema(account, call.region, table))
        except Refused as refused:
            return _refuse(start_response, refused)
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDBStreams_"):
            return self._moto.answer(environ, body, start_response, service="dynamodb", account=account)
        return self._moto.answer_dynamodb(call, body, start_response, account=account)


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

    def close(self) -> None:
        self._pool.close()


def _schema(account: str, region: str, name: str) -> Schema | None:
    table = dynamodb_backends[account][region].tables.get(name)
    if table is None:
        return None
    indexes = {index.name: _keys(index.schema) for index in (*table.global_indexes, *table.indexes)}
    types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table.attr}
    return Schema(keys=_keys(table.schema), indexes=indexes, types=types)


def _keys(schema: list[dict[str, str]]) -> tuple[str, ...]:
    ordered = sorted(schema, key=lambda element: element["KeyType"] == "RANGE")
    return tuple(element["AttributeName"] for element in ordered)


def _refuse(start_response: StartResponse, refused: Refused) -> list[bytes]:
    body: dict[str, Any] = {
        "__type": f"com.amazon.coral.validate#{refused.code}",
        "message": refused.message,
        "Message": refused.message,
    }
    if refused.reasons:
        body["CancellationReasons"] = refused.reasons
    return answer_json(start_response, "400 Bad Request", body, [("x-amzn-ErrorType", refused.code)])
