"""The one endpoint: identifies caller and call, checks the permission, and passes the request on."""

import io
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from drs_emulator.wsgi import CALLER
from local import user_pool
from local.answers import StartResponse, answer_json, refuse
from local.aws_calls import AwsCall
from local.dynamodb.engines import DynamoDBEngine
from local.identities import Identities, Identity
from local.invocation import IDENTITY_HEADER
from local.moto_services import MotoServices
from local.wsgi_calls import Answer, WsgiApp

_IDENTITY_KEY = "HTTP_" + IDENTITY_HEADER.upper().replace("-", "_")
_ACCESS_KEY_ID = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")


class _NotAdmitted(Exception):
    """A call that is refused before any service sees it."""

    def __init__(self, code: str, message: str, *, status: str) -> None:
        super().__init__(message)
        self._code, self._message, self._status = code, message, status

    def sent(self, service: str, start_response: StartResponse) -> list[bytes]:
        return refuse(start_response, service, self._code, self._message, status=self._status)


class Front:
    """A WSGI application. Below `rest_prefix` is REST; `/_emulator` and `/_local` are for people and tests.

    `lambda_api`, `emulator`, `rest` and `control` are set when they are started; until then the answer is 503.
    """

    def __init__(
        self, *, identities: Identities, moto: MotoServices, dynamodb: DynamoDBEngine, rest_prefix: str, hub_region: str
    ) -> None:
        self._identities, self._moto, self._dynamodb, self._rest_prefix = identities, moto, dynamodb, rest_prefix
        self.lambda_api: WsgiApp = _still_starting
        self.emulator: WsgiApp = _still_starting
        self.rest: WsgiApp = _still_starting
        self.control: WsgiApp = _still_starting
        self._user_pool = user_pool.UserPoolApi(account=identities.hub_account, region=hub_region)
        self._lock = threading.Lock()
        self._observers: list[Callable[[AwsCall, str | None], None]] = []

    def observe(self, observer: Callable[[AwsCall, str | None], None]) -> Callable[[], None]:
        """Let `observer(call, function)` see every AWS call that was let through; returns how to stop."""
        with self._lock:
            self._observers = [*self._observers, observer]

        def stop() -> None:
            with self._lock:
                self._observers = [other for other in self._observers if other is not observer]

        return stop

    @property
    def is_observed(self) -> bool:
        """Whether somebody sees the calls, and may hold them up."""
        return bool(self._observers)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == self._rest_prefix or path.startswith(self._rest_prefix + "/"):
            return self.rest(environ, start_response)
        if path.startswith("/_emulator"):
            return self.emulator(environ, start_response)
        if path.startswith("/_local/"):
            return self.control(environ, start_response)
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        call = AwsCall.read(environ, body)
        if call is None:
            return self._unsigned(environ, body, start_response)
        return self._signed(call, environ, body, start_response)

    def serve(self, call: AwsCall, function: str | None) -> Answer | None:
        """Answers a signed call without its HTTP request, after the same checks; None when the request is needed."""
        if call.service != "dynamodb" or not self._dynamodb.serves(call.operation):
            return None
        try:
            identity = self._admit(call, function)
        except _NotAdmitted as refused:
            answer = Answer()
            answer.body = b"".join(refused.sent(call.service, answer.start))
            return answer
        return self._dynamodb.serve(call, account=identity.account)

    def _signed(
        self, call: AwsCall, environ: dict[str, Any], body: bytes, start_response: StartResponse
    ) -> Iterable[bytes]:
        function = environ.pop(_IDENTITY_KEY, None)
        try:
            identity = self._admit(call, function)
        except _NotAdmitted as refused:
            return refused.sent(call.service, start_response)
        if call.service == "drs":
            environ[CALLER] = self._identities.remember_caller(identity)
            return self.emulator(environ, start_response)
        if call.service == "lambda":
            return self.lambda_api(environ, start_response)
        if call.service == "dynamodb":
            return self._dynamodb.answer(call, environ, body, start_response, account=identity.account)
        answer = self._moto.answer(environ, body, start_response, service=call.service, account=identity.account)
        if (call.service, call.operation) == ("sts", "AssumeRole"):
            answer = list(answer)
            self._remember_session(b"".join(answer), call)
        return answer

    def _admit(self, call: AwsCall, function: str | None) -> Identity:
        """Who calls, when it may; observers have seen the call then. Raises _NotAdmitted."""
        if self._identities.is_stale(call.access_key):
            message = "The security token included in the request is expired: no role here has it."
            raise _NotAdmitted("ExpiredTokenException", message, status="403 Forbidden")
        try:
            identity = self._identities.identify(call.access_key, function)
        except LookupError as error:
            message = (
                f"The security token included in the request is invalid: the access key {call.access_key} was not "
                "issued here. Use a profile of this local cloud, or start it with --default-account."
            )
            raise _NotAdmitted("UnrecognizedClientException", message, status="403 Forbidden") from error
        verdict = self._identities.may_use(call.access_key, function)
        if verdict.allowed:
            verdict = self._identities.may(identity, call)
        if not verdict.allowed:
            status = "403 Forbidden" if call.service in ("sts", "iam", "sns", "ec2", "s3") else "400 Bad Request"
            raise _NotAdmitted("AccessDenied", f"User: {verdict.reason}", status=status)
        for observer in self._observers:
            observer(call, function)
        return identity

    def _unsigned(self, environ: dict[str, Any], body: bytes, start_response: StartResponse) -> Iterable[bytes]:
        """Calls that need no credentials: signing in, and the keys that prove a token."""
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        path = environ["PATH_INFO"]
        if target.startswith(user_pool.PREFIX) or "/.well-known/" in path:
            checked = self._user_pool.answer(target, body)
            if checked is not None:
                return checked.sent(start_response)
            account = self._identities.hub_account
            return self._moto.answer(environ, body, start_response, service="cognito-idp", account=account)
        return answer_json(start_response, "404 Not Found", {"message": f"There is nothing at {path}."})

    def _remember_session(self, answer: bytes, call: AwsCall) -> None:
        found = _ACCESS_KEY_ID.search(answer)
        if found:
            external_id = call.params.get("ExternalId")
            self._identities.add_session(found[1].decode(), str(call.params["RoleArn"]), external_id)


def _still_starting(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:  # noqa: ARG001
    return answer_json(start_response, "503 Service Unavailable", {"message": "The local cloud is still starting."})
