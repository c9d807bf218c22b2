"""A local cloud with a small application of its own, so that its tests do not depend on the product.

Run as a program, it prints one line of JSON with what the tests need, then serves until its input is closed.
"""

import json
import os
import sys
import threading
import time
from functools import cache
from typing import Any

import boto3
from chalice import Chalice, CognitoUserPoolAuthorizer, Response

from local.cloud import CloudSettings, LocalCloud


def _request(app: Chalice) -> Any:
    return app.current_request


def build() -> Chalice:
    app = Chalice(app_name="aws-drs-orchestration")
    app.api.binary_types = ["application/octet-stream"]
    authorizer = CognitoUserPoolAuthorizer("users", provider_arns=["arn:aws:cognito-idp:us-east-2:1:userpool/x"])
    _routes(app, authorizer)
    _functions(app)
    return app


def _routes(app: Chalice, authorizer: CognitoUserPoolAuthorizer) -> None:
    @app.route("/open")
    def open_to_all() -> dict[str, Any]:
        return {"sourceIp": _request(app).context["identity"]["sourceIp"]}

    @app.route("/claims", authorizer=authorizer, cors=True)
    def claims() -> Any:
        return _request(app).context["authorizer"]["claims"]

    @app.route("/things/{thing}/{part}")
    def thing(thing: str, part: str) -> dict[str, Any]:
        query = _request(app).query_params
        return {"thing": thing, "part": part, "tags": query.getlist("tag") if query else []}

    @app.route("/things/{thing}/fixed")
    def fixed(thing: str) -> dict[str, str]:
        return {"fixed": thing}

    @app.route("/bytes", methods=["POST"], content_types=["application/octet-stream"])
    def echo_bytes() -> Response:
        body = _request(app).raw_body
        return Response(body=body[::-1], headers={"Content-Type": "application/octet-stream"})

    @app.route("/no-answer", methods=["POST"], content_types=["*/*"])
    def no_answer() -> None:
        raise SystemExit("the process ends")

    @app.route("/slow/{name}")
    def slow(name: str) -> dict[str, str]:
        before = _request(app).uri_params["name"]
        time.sleep(0.2)
        return {"before": before, "after": _request(app).uri_params["name"]}


def _functions(app: Chalice) -> None:
    @app.lambda_function(name="query-handler")
    def query_handler(event: Any, context: Any) -> Any:
        return _act(event, context)

    @app.lambda_function(name="execution-handler")
    def execution_handler(event: Any, context: Any) -> Any:
        return _act(event, context)

    @app.schedule("rate(5 minutes)", name="inventory-sync")
    def inventory_sync(event: Any) -> Any:
        return {"detailType": event.detail_type, "resources": event.resources}


_runs: dict[str, int] = {}
_received: list[Any] = []
_lock = threading.Lock()


def _act(event: Any, context: Any) -> Any:
    """Do what the test asks for: the event is {"do": name, …}. Events of DRS are kept."""
    if event.get("source") == "aws.drs":
        with _lock:
            _received.append(event)
    if event.get("do") == "received":
        with _lock:
            return list(_received)
    action = event.get("do", "echo")
    if action == "echo":
        return {"event": event, "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis()}
    if action == "fail":
        with _lock:
            _runs[event["name"]] = _runs.get(event["name"], 0) + 1
            if _runs[event["name"]] <= event.get("times", 10**6):
                raise ValueError(f"{event['name']} failed")
        return {"attempts": _runs[event["name"]]}
    if action == "call":
        client = _client(event)
        if event.get("in_thread"):
            return _in_thread(lambda: _call(client, event))
        return _call(client, event)
    if action == "sleep":
        time.sleep(event["seconds"])
        return _call(_client(event), event)
    raise LookupError(action)


def _client(event: Any) -> Any:
    given = event.get("credentials")
    if "role" in event:
        given = _own_client("sts", "us-east-2").assume_role(RoleSessionName="test", **event["role"])["Credentials"]
    if given is None:
        return _own_client(event["service"], event.get("region", "us-east-2"))
    options: dict[str, Any] = {"region_name": event.get("region", "us-east-2")}
    options |= {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    return boto3.client(event["service"], **options)


@cache
def _cached_client(service: str, region: str) -> Any:
    session: Any = boto3.session.Session()
    return session.client(service, region_name=region)


def _own_client(service: str, region: str) -> Any:
    with _lock:
        return _cached_client(service, region)


def _call(client: Any, event: Any) -> Any:
    answer = getattr(client, event["method"])(**event.get("arguments", {}))
    answer.pop("ResponseMetadata", None)
    return json.loads(json.dumps(answer, default=str))


def _in_thread(work: Any) -> Any:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 — whatever a thread of the function raises is the answer
            found.append({"raised": type(error).__name__, "message": str(error)})

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def main() -> None:
    with LocalCloud(CloudSettings(app=build, schedules=False, speed=1000)) as cloud:
        described = {
            "endpoint": cloud.endpoint,
            "api_url": cloud.api_url,
            "pool": cloud.users.pool_id,
            "client": cloud.users.client_id,
            "tokens": {role: cloud.sign_in(role) for role in cloud.users.by_role},
            "roles": {
                account.account_id: {
                    "read": account.read_role_arn,
                    "operate": account.operate_role_arn,
                    "external_id": account.external_id,
                }
                for account in cloud.world.accounts
            },
            "servers": {hostname: server.server_id for hostname, server in cloud.world.servers.items()},
            "pid": os.getpid(),
        }
        print(json.dumps(described), flush=True)  # noqa: T201 — the parent reads it
        sys.stdin.read()


if __name__ == "__main__":
    main()
