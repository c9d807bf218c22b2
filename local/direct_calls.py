"""Answers calls of this process to AWS without a connection, which takes longer than their answers.

A call is checked and answered as if it had come over HTTP. In place of a signature, which nothing verifies, it has
what the signature would say. DynamoDB's calls, nine of ten that the product makes, are answered before they are sent,
and most of them have not even a request. Others are prepared and repeated as usual, and only their last step, sending,
is replaced; so are those of the workflow engine.
"""

import io
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import Context
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ConnectionClosedError, NoCredentialsError
from botocore.parsers import create_parser
from botocore.validate import ParamValidationDecorator

from drs_emulator import ConnectionDropped
from local.aws_calls import AwsCall
from local.dynamodb.items import OPERATIONS as ITEM_OPERATIONS
from local.invocation import IDENTITY_HEADER
from local.wsgi_calls import Answer, environ_of

LOG = logging.getLogger(__name__)

Connect = Callable[[Any], None]
"""Takes a client, whose calls are answered from now on."""

_ARGUMENTS = "local_arguments"
_DAY = "20000101"
_BINARY = (b'"B":', b'"BS":')


class Front(Protocol):
    """The endpoint: a WSGI application that serves some calls without their HTTP."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]: ...

    def serve(self, call: AwsCall, function: str | None) -> Answer | None: ...


def answered_by(front: Front, endpoint: str, *, needs_connection: Callable[[str], bool]) -> Connect:
    """Lets ``front`` answer clients of ``endpoint``, but for calls to services that need a connection just then."""
    own = urlsplit(endpoint)
    netloc, port = own.netloc, own.port or 80

    def connect(client: Any) -> None:
        service, events = client.meta.service_model.service_name, client.meta.events
        if service != "s3" and urlsplit(client.meta.endpoint_url).netloc == netloc:
            _keep_endpoints(client)
        if service == "dynamodb":
            _spare_requests(client)
            events.register_last("before-call", _items_answered(client, front, netloc, port))
            return

        def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
            is_ours = urlsplit(request.url).netloc == netloc
            return _sent(front, request, port) if is_ours and not needs_connection(service) else None

        events.register("before-call", _sign)
        events.register("choose-signer", _choose_no_signer)
        events.register("before-send", send)

    return connect


def _keep_endpoints(client: Any) -> None:
    """Applies a service's rules for endpoints once for each operation: the client has an address of its own.

    Only S3's rules look at the arguments then.
    """
    resolve, kept = client._resolve_endpoint_ruleset, dict[str, Any]()  # noqa: SLF001 — botocore has no public way

    def resolved(model: Any, arguments: Any, context: dict[str, Any], **options: Any) -> Any:
        if model.name not in kept:
            kept[model.name] = resolve(model, arguments, context, **options)
        return kept[model.name]

    client._resolve_endpoint_ruleset = resolved  # noqa: SLF001


def _spare_requests(client: Any) -> None:
    """Leaves the requests for items away until one is needed, unless the client validates its arguments.

    The first call of each form has its request, so that botocore refuses what its model does not know.
    """
    prepare, known = client._convert_to_request_dict, set[Any]()  # noqa: SLF001 — botocore has no public way

    def convert(api_params: Mapping[str, Any], operation_model: Any, endpoint_url: str, **options: Any) -> Any:
        form = _form(operation_model.name, api_params)
        if operation_model.name not in ITEM_OPERATIONS or form not in known:
            prepared = prepare(api_params, operation_model, endpoint_url, **options)
            known.add(form)
            return prepared
        return {
            "url": endpoint_url,
            "headers": {},
            "context": options["context"],
            _ARGUMENTS: api_params,
            "prepare": lambda: prepare(api_params, operation_model, endpoint_url, **options),
        }

    if not isinstance(client._serializer, ParamValidationDecorator):  # noqa: SLF001
        client._convert_to_request_dict = convert  # noqa: SLF001


def _form(operation: str, arguments: Mapping[str, Any]) -> tuple[Any, ...]:
    """The operation and the names of its arguments, those of the parts of a transaction included."""
    entries = arguments.get("TransactItems", ())
    parts = frozenset((kind, frozenset(part)) for entry in entries for kind, part in entry.items())
    return operation, frozenset(arguments), parts


def _sign(model: Any, params: dict[str, Any], request_signer: Any, **_: Any) -> None:
    if model.auth_type != "none" and request_signer.signature_version is not UNSIGNED:
        params["headers"].update(_in_place_of_a_signature(request_signer))


def _choose_no_signer(**_: Any) -> Any:
    return UNSIGNED


def _sent(front: Front, request: AWSPreparedRequest, port: int) -> AWSResponse:
    """The answer to a request. It belongs to no function: what begins here outlives the function that begins it.

    Raises ConnectionClosedError where no answer arrives.
    """
    url = urlsplit(request.url)
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    headers = ((name, _text(value)) for name, value in request.headers.items())
    environ = environ_of(request.method, target, headers, _bytes(request.body), port=port)
    try:
        answered = Context().run(Answer.of, front, environ)
    except ConnectionDropped as dropped:
        raise ConnectionClosedError(endpoint_url=request.url) from dropped
    except Exception:
        # The edge, as of the server: a fault of the local cloud is a server error for the client.
        LOG.exception("%s %s failed.", request.method, request.url)
        answered = Answer.internal_error()
    return _response(request.url, answered)


def _items_answered(client: Any, front: Front, netloc: str, port: int) -> Callable[..., Any]:
    """Handles botocore's event ``before-call`` of DynamoDB.

    A call that is answered with a failure of the server is sent as usual, with the client's retries.
    """
    parser = create_parser(client.meta.service_model.protocol)
    add_error_details = client._endpoint._add_modeled_error_fields  # noqa: SLF001 — botocore has no public way

    def answer(model: Any, params: dict[str, Any], request_signer: Any, **_: Any) -> Any:
        url = urlsplit(params["url"])
        if url.netloc != netloc:
            return None
        answered = _served(front, model, params, request_signer)
        if (answered is None or answered.status >= "500") and _ARGUMENTS in params:
            _give_request(params)
        if answered is None:
            headers = [*params["headers"].items(), *_in_place_of_a_signature(request_signer)]
            environ = environ_of(params["method"], url.path or "/", headers, _bytes(params["body"]), port=port)
            answered = Answer.of(front, environ)
        status = int(answered.status[:3])
        if status >= 500:
            return None
        made = _response(params["url"], answered)
        response = {"headers": made.headers, "status_code": status, "body": answered.body}
        if status < 300 and model.name in ITEM_OPERATIONS:
            parsed = parsed_items(parser, response, model.output_shape)
        else:
            parsed = parser.parse(response, model.output_shape)
        if status >= 300:
            add_error_details(response, parsed, model, parser)
        return made, parsed

    return answer


def parsed_items(parser: Any, response: dict[str, Any], shape: Any) -> Any:
    """What botocore's parser makes of an answer with items, which is its JSON unless there is a binary value.

    The parser tries each of ten types on each attribute.
    """
    if any(binary in response["body"] for binary in _BINARY):
        return parser.parse(response, shape)
    headers = {name.lower(): value for name, value in response["headers"].items()}
    metadata = {"HTTPStatusCode": response["status_code"], "HTTPHeaders": headers}
    if "x-amzn-requestid" in headers:
        metadata["RequestId"] = headers["x-amzn-requestid"]
    return {**_decoded(response["body"]), "ResponseMetadata": metadata}


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:  # half of a pair of surrogates, which only json reads
        return json.loads(body)


def _served(front: Front, model: Any, params: Mapping[str, Any], signer: Any) -> Answer | None:
    """The answer without HTTP; None for a call that needs its request."""
    try:
        arguments = _as_sent(params)
    except UnicodeEncodeError:  # only botocore's JSON has it
        return None
    call = AwsCall(
        access_key=_access_key(signer),
        region=signer.region_name,
        service="dynamodb",
        operation=model.name,
        params=arguments,
    )
    return front.serve(call, params["headers"].get(IDENTITY_HEADER))


def _as_sent(params: Mapping[str, Any]) -> Any:
    """The arguments as the service reads them: a copy. Raises UnicodeEncodeError for text that is not valid."""
    if _ARGUMENTS in params:
        return msgspec.json.decode(msgspec.json.encode(params[_ARGUMENTS]))  # binary values in base64, like botocore
    return json.loads(params["body"])


def _give_request(params: dict[str, Any]) -> None:
    """Prepares the request of a call after all, with the headers that it has by now."""
    headers, prepared = params["headers"], params.pop("prepare")()
    del params[_ARGUMENTS]
    params.update(prepared)
    params["headers"].update(headers)


def _access_key(signer: Any) -> str:
    """Raises NoCredentialsError as a signature does."""
    credentials = signer.get_auth_instance(signer.signing_name, signer.region_name, "v4").credentials
    if credentials is None:
        raise NoCredentialsError
    key: str = credentials.access_key
    return key


def _in_place_of_a_signature(signer: Any) -> Iterator[tuple[str, str]]:
    """The headers that name the access key, the Region and the service."""
    scope = f"{_access_key(signer)}/{_DAY}/{signer.region_name}/{signer.signing_name}/aws4_request"
    yield "X-Amz-Date", f"{_DAY}T000000Z"
    yield "Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def _response(url: str, answered: Answer) -> AWSResponse:
    made: Any = AWSResponse
    response: AWSResponse = made(url, int(answered.status[:3]), HeadersDict(answered.headers), _Body(answered.body))
    return response


class _Body(io.BytesIO):
    """What botocore reads an answer from."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _bytes(body: Any) -> bytes:
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else body or b""


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
