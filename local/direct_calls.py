"""Answers calls of this process to DynamoDB without a connection: they are nine of ten calls that the product makes.

The request is signed, checked and answered as if it had come over HTTP. Calls to other services keep their connection:
they can be slow on purpose, and then the client's own timeout must end them.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any, cast
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.wsgi_calls import Answer, WsgiApp, environ_of

SERVICE = "dynamodb"

Send = Callable[..., AWSResponse | None]


def answered_by(app: WsgiApp, endpoint: str) -> Send:
    """A handler of botocore's event ``before-send``. A request to another address is sent as usual."""
    own = urlsplit(endpoint)

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        url = urlsplit(request.url)
        if url.netloc != own.netloc or not isinstance(request.body, bytes):
            return None
        headers = [("Host", url.netloc), *((name, _text(value)) for name, value in request.headers.items())]
        environ = environ_of(str(request.method), url.path or "/", headers, request.body, port=own.port or 80)
        answer = Answer.of(app, environ)
        answered: Any = AWSResponse
        return cast(
            AWSResponse, answered(request.url, int(answer.status[:3]), dict(answer.headers), _Body(answer.body))
        )

    return send


class _Body(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
