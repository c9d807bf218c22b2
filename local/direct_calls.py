"""Answers calls of this process to DynamoDB without a connection: they are nine of ten calls that the product makes.

The workflow engine invokes functions in the same way. A call is checked and answered as if it had come over HTTP. In
place of a signature, which nothing here verifies, it has what the signature would say. Calls to other services keep
their connection and their signature: they can be slow on purpose, and then the client's own timeout must end them.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.parsers import create_parser

from local.aws_calls import AwsCall
from local.dynamodb.items import OPERATIONS as ITEM_OPERATIONS
from local.invocation import IDENTITY_HEADER
from local.wsgi_calls import Answer, environ_of

SERVICE = "dynamodb"

Connect = Callable[[Any], Callable[..., Any]]
"""Takes a client and returns its handler of botocore's event ``before-call``."""

_DAY = "20000101"
_BINARY = (b'"B":', b'"BS":')


class Front(Protocol):
    """The endpoint: a WSGI application that serves some calls without their HTTP."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]: ...

    def serve(self, call: AwsCall, function: str | None) -> Answer | None: ...


def answered_by(front: Front, endpoint: str) -> Connect:
    """Lets ``front`` answer clients of ``endpoint``.

    A DynamoDB call that it answers with a failure of its own is sent as usual, with the client's retries.
    """
    own = urlsplit(endpoint)

    def connect(client: Any) -> Callable[..., Any]:
        parser = create_parser(client.meta.service_model.protocol)
        add_error_details = client._endpoint._add_modeled_error_fields  # noqa: SLF001 — botocore has no public way

        def answer(model: Any, params: dict[str, Any], request_signer: Any, **_: Any) -> Any:
            url = urlsplit(params["url"])
            if url.netloc != own.netloc:
                return None
            is_dynamodb = model.service_model.service_name == SERVICE
            answered = _served(front, model, params, request_signer) if is_dynamodb else None
            if answered is None:
                headers = [*params["headers"].items(), *_in_place_of_a_signature(request_signer)]
                body = _bytes(params["body"])
                environ = environ_of(params["method"], url.path or "/", headers, body, port=own.port or 80)
                answered = Answer.of(front, environ)
            status = int(answered.status[:3])
            if status >= 500 and is_dynamodb:
                return None
            streams = model.has_streaming_output and status < 300
            content: Any = io.BytesIO(answered.body) if streams else answered.body
            response = {"headers": HeadersDict(answered.headers), "status_code": status, "body": content}
            if status < 300 and is_dynamodb and model.name in ITEM_OPERATIONS:
                parsed = parsed_items(parser, response, model.output_shape)
            else:
                parsed = parser.parse(response, model.output_shape)
            if status >= 300:
                add_error_details(response, parsed, model, parser)
            made: Any = AWSResponse
            return made(params["url"], status, response["headers"], _Body(answered.body)), parsed

        return answer

    return connect


def parsed_items(parser: Any, response: dict[str, Any], shape: Any) -> Any:
    """What botocore's parser makes of an answer with items, which is its JSON unless there is a binary value.

    The parser tries each of ten types on each attribute.
    """
    if any(binary in response["body"] for binary in _BINARY):
        return parser.parse(response, shape)
    parsed = parser.parse({**response, "body": b"{}"}, shape)
    return {**json.loads(response["body"]), **parsed}


def _served(front: Front, model: Any, params: Mapping[str, Any], signer: Any) -> Answer | None:
    """The answer without HTTP; None for a call that needs its request."""
    call = AwsCall(
        access_key=_access_key(signer),
        region=signer.region_name,
        service=SERVICE,
        operation=model.name,
        params=json.loads(params["body"]),
    )
    return front.serve(call, params["headers"].get(IDENTITY_HEADER))


def _access_key(signer: Any) -> str:
    key: str = signer.get_auth_instance(signer.signing_name, signer.region_name, "v4").credentials.access_key
    return key


def _in_place_of_a_signature(signer: Any) -> Iterator[tuple[str, str]]:
    """The headers that name the access key, the Region and the service."""
    scope = f"{_access_key(signer)}/{_DAY}/{signer.region_name}/{signer.signing_name}/aws4_request"
    yield "X-Amz-Date", f"{_DAY}T000000Z"
    yield "Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


class _Body(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
