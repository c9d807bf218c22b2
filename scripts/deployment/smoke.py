"""Tests a deployed stage: its functions by direct invocation, and its REST API as a signed-in user."""

import json
import re
import secrets
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.chalice_names import name_of
from scripts.deployment import record
from scripts.deployment.sign_in import SignIn, code_of
from scripts.deployment.stage import Refused, Stage

PATIENCE_SECONDS = 30
ATTEMPTS = 4


class SmokeTestFailed(Exception):
    """What does not answer, and how."""


def smoke_test(stage: Stage, commit: str) -> list[str]:
    """What answered, a line each. Raises SmokeTestFailed."""
    by_rest = _refuses_strangers(stage) if stage.given_pool else _as_user(stage)
    return [_by_invocation(stage), _by_rest(stage, commit), by_rest]


def _by_invocation(stage: Stage) -> str:
    name = name_of("query-handler", stage.name)
    try:
        answer = stage.client("lambda").invoke(FunctionName=f"{name}:live", Payload=b'{"operation": "health"}')
    except (BotoCoreError, ClientError) as error:
        raise SmokeTestFailed(f"{name}:live cannot be invoked: {error}") from error
    payload = json.loads(answer["Payload"].read())
    if not isinstance(payload, dict) or payload.get("statusCode") != 200:
        raise SmokeTestFailed(f"{name}:live did not answer `health` with status 200: {json.dumps(payload)[:300]}")
    return f"{name}:live answers"


def _by_rest(stage: Stage, commit: str) -> str:
    url = f"{_url(stage)}/health"
    found = _get(url, {}).get("commit")
    if found != commit:
        raise SmokeTestFailed(f"{url} is served by commit {found}, and {commit} was deployed.")
    return f"{url} answers with commit {commit}"


def _as_user(stage: Stage) -> str:
    """Signs in as a user who exists for this test only and is in no group: nothing but `GET /user` is allowed."""
    pool, email = stage.outputs["UserPoolId"], f"smoke-test-{secrets.token_hex(6)}@example.com"
    password = f"Aa1!{secrets.token_urlsafe(24)}"
    cognito = stage.client("cognito-idp")
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    )
    try:
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        sign_in = SignIn(pool, stage.outputs["UserPoolClientId"], endpoint=cognito.meta.endpoint_url)
        url = f"{_url(stage)}/user"
        _get(url, {"Authorization": sign_in.token(email, password, _authenticator)})
    except (Refused, BotoCoreError, ClientError) as error:
        raise SmokeTestFailed(f"A user of the pool {pool} cannot sign in: {error}") from error
    finally:
        cognito.admin_delete_user(UserPoolId=pool, Username=email)
    return f"{url} answers a signed-in user"


def _refuses_strangers(stage: Stage) -> str:
    """In a pool that is not the stage's own no user is made, not even for a minute."""
    url = f"{_url(stage)}/user"
    try:
        urllib.request.urlopen(url, timeout=PATIENCE_SECONDS).close()  # noqa: S310 — the API's own address
    except urllib.error.HTTPError as refused:
        if refused.code == HTTPStatus.UNAUTHORIZED:
            return f"{url} refuses who is not signed in; the user pool is not the stage's, so nobody was signed in"
        raise SmokeTestFailed(f"{url} answered a stranger with status {refused.code}, not 401.") from refused
    except OSError as error:
        raise SmokeTestFailed(f"{url} did not answer: {error}") from error
    raise SmokeTestFailed(f"{url} answered a stranger.")


def _authenticator(question: str) -> str:
    """Answers what the pool asks in a stage that demands a second factor, for this one sign-in."""
    key = re.search(r"the key (\w+)", question)
    if key is None:
        raise SmokeTestFailed(f"The pool asked the user of the smoke test for something unexpected: {question}.")
    return code_of(key[1], time.time())


def _url(stage: Stage) -> str:
    api = record.rest_api_id(stage)
    if api is None:
        raise SmokeTestFailed(f"There is no REST API named {stage.rest_api_name}.")
    return record.rest_url(stage, api)


def _get(url: str, headers: dict[str, str]) -> dict[str, Any]:
    """A new deployment of an API takes some seconds to be everywhere, so a failure is looked at again."""
    problem = ""
    for attempt in range(ATTEMPTS):
        try:
            request = urllib.request.Request(url, headers=headers)  # noqa: S310 — the API's own address
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
                body: dict[str, Any] = json.load(answer)
                return body
        except urllib.error.HTTPError as error:
            problem = f"status {error.code}: {error.read()[:300].decode(errors='replace')}"
        except (OSError, ValueError) as error:
            problem = str(error)
        time.sleep(attempt)
    raise SmokeTestFailed(f"{url} did not answer: {problem}")
