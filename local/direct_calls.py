"""Answers calls of this process to DynamoDB without a connection: they are nine of ten calls that the product makes.

The workflow engine invokes functions in the same way. The request is checked and answered as if it had come over HTTP.
In place of a signature, which nothing here verifies, it carries what the signature would say. Calls to other services
keep their connection and their signature: they can be slow on purpose, and then the client's own timeout must end them.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.parsers import create_parser

from local.wsgi_calls import Answer, WsgiApp, environ_of

SERVICE = "dynamodb"

Connect = Callable[[Any], Callable[..., Any]]
"""Takes a client and returns its handler of botocore's event ``before-call``."""

_DAY = "20000101"


def answered_by(app: WsgiApp, endpoint: str) -> Connect:
    """Lets ``app`` answer clients of ``endpoint``.

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
            headers = [*params["headers"].items(), *_in_place_of_a_signature(request_signer)]
            body = _bytes(params["body"])
            answered = Answer.of(app, environ_of(params["method"], url.path or "/", headers, body, port=own.port or 80))
            status = int(answered.status[:3])
            if status >= 500 and model.service_model.service_name == SERVICE:
                return None
            streams = model.has_streaming_output and status < 300
            content: Any = io.BytesIO(answered.body) if streams else answered.body
            response = {"headers": HeadersDict(answered.headers), "status_code": status, "body": content}
            parsed = parser.parse(response, model.output_shape)
            if status >= 300:
                add_error_details(response, parsed, model, parser)
            made: Any = AWSResponse
            return made(params["url"], status, response["headers"], _Body(answered.body)), parsed

        return answer

    return connect


def _in_place_of_a_signature(signer: Any) -> Iterator[tuple[str, str]]:
    """The headers that name the access key, the Region and the service."""
    key = signer.get_auth_instance(signer.signing_name, signer.region_name, "v4").credentials.access_key
    scope = f"{key}/{_DAY}/{signer.region_name}/{signer.signing_name}/aws4_request"
    yield "X-Amz-Date", f"{_DAY}T000000Z"
    yield "Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


class _Body(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
