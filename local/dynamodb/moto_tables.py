"""Calls moto's tables without the HTTP around them, which takes more time than the tables themselves."""

from typing import Any
from uuid import uuid4

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.dynamodb.responses import DynamoHandler
from moto.utilities.utils import get_partition

from local.aws_calls import AwsCall

_CONTENT_TYPE = "application/x-amz-json-1.0"


class Tables(DynamoHandler):
    """moto's handler of one call, given what moto would otherwise read off a request."""

    def __init__(self, call: AwsCall, body: bytes, *, account: str) -> None:
        super().__init__()
        self.region, self.current_account = call.region, account
        self.partition = get_partition(call.region)
        self.access_key = call.access_key
        self.headers = {"x-amz-target": f"DynamoDB_20120810.{call.operation}", "Content-Type": _CONTENT_TYPE}
        self.querystring, self.uri_match, self.response_headers = {}, {}, {}
        self._sent = body

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body. Raises NotImplementedError for an operation that moto does not have."""
        operation = get_service_model("dynamodb").operation_model(self._get_action())
        sent: Any = {"body": self._sent, "headers": self.headers, "url_params": {}, "values": {}}
        self.params: Any = PROTOCOL_PARSERS["json"](operation, map_type=self.PROTOCOL_PARSER_MAP_TYPE).parse(sent)
        self.body = self.params
        status, headers, body = BaseResponse.call_action(self)
        texts = {name: str(value) for name, value in headers.items()}
        return int(status), texts, body.encode() if isinstance(body, str) else body

    @staticmethod
    def _enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        return {**headers, "x-amzn-RequestId": str(uuid4())}, body
