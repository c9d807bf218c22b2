"""AWS for rehearsals of a deployment: moto's server, with what it lacks, in a process of its own.

CloudFormation is replaced: stacks have parameters, states and outputs, and of their resources only what a deployment
uses, the buckets and the user pool. cfn-lint judges the templates themselves.

Run as a program, it prints its address and serves until its input is closed. `GET /_calls` lists the calls that changed
something; `POST /_break` lets functions answer with an error from now on, `POST /_repair` lets them answer again.
`GET /_code/<function>` and `GET /_layer/<ARN>` are the zip files that were deployed, as AWS gives them too.
`POST /_stack/<name>/<status>` puts a stack into a state.
"""

import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto.awslambda.models import lambda_backends
from moto.cognitoidp.models import cognitoidp_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from moto.stepfunctions.models import stepfunctions_backends

from local import moto_pace
from local.answers import StartResponse
from local.server import LoopbackServer
from local.user_pool import PREFIX, UserPoolApi
from local.wsgi_calls import Answer

_OPERATION = re.compile(r"Action=(\w+)")


ACCOUNT = "123456789012"
KEPT = "(the previous value)"
MACHINE = "dr-orchestration-qa"


class StandIn:
    """A WSGI application over moto's; one call at a time."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._stacks = Stacks()
        self._users = UserPoolApi(account=ACCOUNT, region="us-east-2")
        self._broken = False
        self._calls: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        body = environ["wsgi.input"].read()
        if path == "/_calls":
            return _json(start_response, self._calls)
        if path in ("/_break", "/_repair"):
            self._broken = path == "/_break"
            return _json(start_response, {})
        if path.startswith(("/_code/", "/_layer/")):
            return _deployed_zip(path, start_response)
        if path.startswith("/_stack/"):
            self._stacks.put_into_state(*path.removeprefix("/_stack/").split("/"))
            return _json(start_response, {})
        if method != "GET":
            self._calls.append(_described(method, path, body, environ))
        if environ["HTTP_HOST"] and b"Version=2010-05-15" in body:
            return self._stacks.answer(body, start_response)
        if path.endswith("/distribution/D1/invalidation"):
            return _xml(
                start_response, "<Id>I1</Id><Status>Completed</Status><CreateTime>2026-01-01T00:00:00Z</CreateTime>"
            )
        if path.endswith("/invocations") or path.startswith("/_aws/execute-api/"):
            return self._invoked(environ, start_response)
        return self._by_moto(environ, body, start_response)

    def _invoked(self, environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
        """The answer of `health`, with the commit that the REST function was really given."""
        path = environ["PATH_INFO"]
        by_rest = path.startswith("/_aws/")
        if self._broken:
            status = "502 Bad Gateway" if by_rest else "200 OK"
            return _json(start_response, {"errorMessage": "No module named 'x'"}, status)
        if path.endswith("/user") and not environ.get("HTTP_AUTHORIZATION", "").startswith("ey"):
            return _json(start_response, {"message": "Unauthorized"}, "401 Unauthorized")
        function = lambda_backends[ACCOUNT]["us-east-2"].get_function("aws-drs-orchestration-api-handler-qa")
        answer = {"status": "ok", "commit": function.environment_vars["COMMIT"]}
        return _json(start_response, answer if by_rest else {"statusCode": 200, "body": answer})

    def _by_moto(self, environ: dict[str, Any], body: bytes, start_response: StartResponse) -> list[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        checked = self._users.answer(target, body) if target.startswith(PREFIX) else None
        if checked is not None:
            return checked.sent(start_response)
        if environ["PATH_INFO"].startswith("/restapis") and b'"swagger"' in body[:200]:
            body = _as_openapi(body)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        answer = Answer.of(self._moto, environ)
        start_response(answer.status, answer.headers)
        return [answer.body]


class Stacks:
    """CloudFormation's part of a deployment."""

    def __init__(self) -> None:
        self._stacks: dict[str, dict[str, Any]] = {}
        self._left: dict[str, dict[str, str]] = {}

    def answer(self, body: bytes, start_response: StartResponse) -> list[bytes]:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        answer: list[bytes] = getattr(self, f"_{form['Action'].lower()}")(form, start_response)
        return answer

    def _describestacks(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        name = form["StackName"]
        if name not in self._stacks:
            return _xml(start_response, f"<Message>Stack with id {name} does not exist</Message>", failed=True)
        stack = self._stacks[name]
        outputs = _members("Outputs", ("OutputKey", "OutputValue"), stack["outputs"])
        parameters = _members("Parameters", ("ParameterKey", "ParameterValue"), stack["parameters"])
        known = f"<StackName>{name}</StackName><StackStatus>{stack['status']}</StackStatus>"
        times = "<CreationTime>2026-01-01T00:00:00Z</CreationTime>"
        member = f"<Stacks><member>{known}{times}{outputs}{parameters}</member></Stacks>"
        return _xml(start_response, f"<DescribeStacksResult>{member}</DescribeStacksResult>")

    def _createstack(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        return self._saved(form, start_response, "CREATE_COMPLETE")

    def _updatestack(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        if self._stacks[form["StackName"]]["form"] == form:
            return _xml(start_response, "<Message>No updates are to be performed.</Message>", failed=True)
        return self._saved(form, start_response, "UPDATE_COMPLETE")

    def _gettemplatesummary(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        names = _members("Parameters", ("ParameterKey", "Description"), dict.fromkeys(_parameters_of(form), ""))
        return _xml(start_response, f"<GetTemplateSummaryResult>{names}</GetTemplateSummaryResult>")

    def _deletestack(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        """Bucket and user pool of the data stack stay, and the bucket of a site; the state machine goes."""
        name = form["StackName"]
        gone = self._stacks.pop(name, None)
        if gone is not None and "-data-" in name:
            self._left[name] = gone["outputs"] or {}
        elif gone is not None and "-dashboard-" not in name:
            arn = f"arn:aws:states:us-east-2:{ACCOUNT}:stateMachine:{MACHINE}"
            stepfunctions_backends[ACCOUNT]["us-east-2"].delete_state_machine(arn)
        return _xml(start_response, "")

    def _createchangeset(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        """An import, whose template has what is imported and nothing else, all of it with a policy for its deletion."""
        template, name = form["TemplateBody"], form["StackName"]
        declared = set(re.findall(r"^  (\w+):\n    Type: ", template, re.M))
        numbers = [key.split(".")[2] for key in form if key.endswith(".LogicalResourceId")]
        given = {form[f"ResourcesToImport.member.{number}.LogicalResourceId"] for number in numbers}
        parameters = set(re.findall(r"^  (\w+):\n    Type: (?:String|Number)", template, re.M))
        if form["ChangeSetType"] != "IMPORT" or declared - parameters != given or "\nOutputs:" in template:
            return _xml(
                start_response, "<Message>The template differs from the resources to import</Message>", failed=True
            )
        if template.count("\n    DeletionPolicy: Retain") != len(given) or dict(_given(form)).keys() - parameters:
            return _xml(
                start_response, "<Message>A policy is missing, or a parameter is not declared</Message>", failed=True
            )
        self._stacks[name] = {
            "status": "REVIEW_IN_PROGRESS",
            "parameters": dict(_given(form)),
            "outputs": {},
            "form": form,
        }
        return _xml(start_response, f"<CreateChangeSetResult><StackId>{name}</StackId></CreateChangeSetResult>")

    def _describechangeset(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        return _xml(
            start_response, "<DescribeChangeSetResult><Status>CREATE_COMPLETE</Status></DescribeChangeSetResult>"
        )

    def _executechangeset(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        self._stacks[form["StackName"]]["status"] = "IMPORT_COMPLETE"
        return _xml(start_response, "<ExecuteChangeSetResult></ExecuteChangeSetResult>")

    def put_into_state(self, name: str, status: str) -> None:
        self._stacks[name]["status"] = status

    def _cancelupdatestack(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        return self._settled(form, start_response, "UPDATE_IN_PROGRESS")

    def _continueupdaterollback(self, form: dict[str, str], start_response: StartResponse) -> list[bytes]:
        return self._settled(form, start_response, "UPDATE_ROLLBACK_FAILED")

    def _settled(self, form: dict[str, str], start_response: StartResponse, needed: str) -> list[bytes]:
        """What both ways back end in; each is allowed in one state only."""
        stack = self._stacks[form["StackName"]]
        if stack["status"] != needed:
            message = (
                f"<Message>{form['Action']} cannot be called from current stack status {stack['status']}</Message>"
            )
            return _xml(start_response, message, failed=True)
        stack["status"] = "UPDATE_ROLLBACK_COMPLETE"
        return _xml(start_response, f"<{form['Action']}Result></{form['Action']}Result>")

    def _saved(self, form: dict[str, str], start_response: StartResponse, status: str) -> list[bytes]:
        name, parameters = form["StackName"], dict(_given(form))
        if unknown := parameters.keys() - _parameters_of(form):
            message = f"<Message>Parameters: {sorted(unknown)} do not exist in the template</Message>"
            return _xml(start_response, message, failed=True)
        former = self._stacks.get(name, {"outputs": None, "parameters": {}})
        parameters = {key: former["parameters"][key] if value == KEPT else value for key, value in parameters.items()}
        outputs = former["outputs"] or self._left.get(name) or _made(name)
        if pool := parameters.get("UserPoolId"):
            arn = f"arn:aws:cognito-idp:{pool.partition('_')[0]}:{ACCOUNT}:userpool/{pool}"
            client = parameters["UserPoolClientId"]
            outputs = {**outputs, "UserPoolArn": arn, "UserPoolId": pool, "UserPoolClientId": client}
        self._stacks[name] = {"status": status, "parameters": parameters, "outputs": outputs, "form": form}
        return _xml(start_response, f"<{form['Action']}Result><StackId>{name}</StackId></{form['Action']}Result>")


def _deployed_zip(path: str, start_response: StartResponse) -> list[bytes]:
    _, kind, name = path.split("/", 2)
    backend = lambda_backends[ACCOUNT]["us-east-2"]
    found: Any = backend.get_function(name) if kind == "_code" else backend.layers_versions_by_arn(name)
    start_response("200 OK", [("Content-Type", "application/zip")])
    return [found.code_bytes]


def _parameters_of(form: dict[str, str]) -> set[str]:
    """The parameters of the template of a request, which is sent whole or lies in a bucket."""
    template = form.get("TemplateBody", "")
    if not template:
        url = urlsplit(form["TemplateURL"])
        bucket = s3_backends[ACCOUNT]["aws"].buckets[str(url.hostname).partition(".")[0]]
        template = bucket.keys[url.path.lstrip("/")].value.decode()
    section = template.partition("\nParameters:\n")[2].partition("\n\n")[0]
    return set(re.findall(r"^  (\w+):$", section, re.M))


def _given(form: dict[str, str]) -> Iterator[tuple[str, str]]:
    number = 1
    while f"Parameters.member.{number}.ParameterKey" in form:
        prefix = f"Parameters.member.{number}"
        yield form[f"{prefix}.ParameterKey"], form.get(f"{prefix}.ParameterValue", KEPT)
        number += 1


def _made(stack: str) -> dict[str, str]:
    """The outputs of a stack, and what of its resources a deployment uses."""
    arn = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table"
    buckets = s3_backends[ACCOUNT]["aws"]
    if "-data-" in stack:
        cognito = cognitoidp_backends[ACCOUNT]["us-east-2"]
        pool = cognito.create_user_pool(stack.replace("-data-", "-"), {"UsernameAttributes": ["email"]})
        flows: Any = {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], "IdTokenValidity": 15}
        client = cognito.create_user_pool_client(pool.id, False, flows)
        buckets.create_bucket(f"{stack}-artifacts", "us-east-2")
        return {
            "AccessLogGroupArn": f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:/aws/apigateway/aws-drs-orchestration-qa",
            "ArtifactBucket": f"{stack}-artifacts",
            "GatewayLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-drs-orchestration-gateway-logs-qa-us-east-2",
            "UserPoolArn": pool.arn,
            "UserPoolId": pool.id,
            "UserPoolClientId": client.id,
            "AuditStreamArn": f"{arn}/audit/stream/1",
            "TimelineStreamArn": f"{arn}/events/stream/1",
        }
    if "-dashboard-" in stack:
        buckets.create_bucket(f"{stack}-site", "us-east-2")
        return {"SiteBucket": f"{stack}-site", "DistributionId": "D1", "DashboardUrl": "https://d1.example"}
    stepfunctions_backends[ACCOUNT]["us-east-2"].create_state_machine(
        name=MACHINE,
        definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/dr-orchestration-qa",
    )
    return {}


def _members(name: str, fields: tuple[str, str], values: dict[str, str]) -> str:
    key, value = fields
    entries = "".join(f"<member><{key}>{k}</{key}><{value}>{v}</{value}></member>" for k, v in values.items())
    return f"<{name}>{entries}</{name}>"


def _xml(start_response: StartResponse, content: str, *, failed: bool = False) -> list[bytes]:
    if failed:
        content = f"<Error><Type>Sender</Type><Code>ValidationError</Code>{content}</Error>"
    start_response("400 Bad Request" if failed else "200 OK", [("Content-Type", "text/xml")])
    return [f"<Response>{content}<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></Response>".encode()]


def _as_openapi(body: bytes) -> bytes:
    """Chalice sends Swagger 2.0, of which moto reads nothing; a name and one method are enough here."""
    document = json.loads(body)
    document.pop("swagger")
    document["openapi"] = "3.0.1"
    document["info"].setdefault("description", "")
    method = {"responses": {}, "x-amazon-apigateway-integration": {"type": "mock", "uri": "", "httpMethod": "POST"}}
    document["paths"] = {"/health": {"get": method}}
    return json.dumps(document).encode()


def _described(method: str, path: str, body: bytes, environ: dict[str, Any]) -> str:
    if target := environ.get("HTTP_X_AMZ_TARGET", ""):
        return str(target.rpartition(".")[2])
    action = _OPERATION.search(body[:200].decode(errors="replace"))
    return action[1] if action else f"{method} {path}"


def _json(start_response: StartResponse, value: Any, status: str = "200 OK") -> list[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(value).encode()]


def main() -> None:
    moto_pace.spare_moto_needless_work()
    server = LoopbackServer(StandIn())
    server.start()
    print(server.endpoint, flush=True)  # noqa: T201 — the parent reads it
    sys.stdin.read()


if __name__ == "__main__":
    main()
