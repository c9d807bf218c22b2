"""Sequences of requests that schemathesis makes from the API document alone, over HTTP.

They begin with a drill that has launched its servers. What one answer names, such as a group, a plan or an execution,
flows into the requests that follow. No answer is a failure of the service, and each is one that the document has: its
status, its headers, its body.

The suite plays a few sequences, the same each time. With a number in API_SEQUENCES that many are played, others each
time.
"""

import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.generation.stateful.state_machine import APIStateMachine
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib.api.document import document
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.waiting import eventually

from .conftest import RestClient

pytestmark = pytest.mark.slow

CHOSEN = os.environ.get("API_SEQUENCES", "")
SEQUENCES, REQUESTS_OF_A_SEQUENCE = int(CHOSEN or 8), 20
AS_DOCUMENTED = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OF_AWS = {"CloudError", "Unavailable"}
"""The errors above 499 that say what AWS did."""


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    """A cloud that no other test uses: the sequences change and remove whatever they find."""
    return clouds.running(speed=600.0, seed=59)


@pytest.fixture
def launched(admin: RestClient, sync: Any, new_servers: Any, new_group: Any, new_plan: Any) -> dict[str, Any]:
    """What reads say of a drill that has launched its servers, so that there is something to read and to terminate."""
    servers = new_servers(2, state="CONTINUOUS")
    sync()
    plan = new_plan([new_group(sourceServerIds=servers)["groupId"]])
    started = admin("POST", "/executions", {"planId": plan["planId"], "mode": "DRILL"})
    assert started.status == 202, started.body
    path = f"/executions/{started.body['execution']['executionId']}"

    def ended() -> Any:
        shown = admin.get(path).body
        return shown if shown["execution"]["endedAt"] else None

    shown = eventually(ended)
    assert shown["execution"]["counts"]["launched"] == len(servers), shown
    parts = ("servers", "events", "recovery-instances", "job-logs")
    return {"plan": plan, "execution": shown, **{part: admin.get(f"{path}/{part}").body for part in parts}}


class Known:
    """Ids that answers have named, by field: the first and the newest ones."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}
        self._uses = Counter[str]()
        self.met: Counter[str] = Counter()

    def was_met(self, address: str, status: int) -> None:
        """Counts the requests about each known execution that were understood: carried out, or refused as it is."""
        for execution_id in self._found.get("executionId", []):
            self.met[execution_id] += execution_id in address and status not in {400, 404}

    def learn(self, answer: Any) -> None:
        """Keeps the ids that are anywhere in the answer."""
        for entry in answer if isinstance(answer, list) else ():
            self.learn(entry)
        for name, value in answer.items() if isinstance(answer, dict) else ():
            if name.endswith("Id") and isinstance(value, str) and value:
                field = "serverId" if name == "sourceServerId" else name
                first, *later = dict.fromkeys([*self._found.get(field, []), value])
                self._found[field] = [first, *later[-4:]]
            self.learn(value)

    def put_into(self, parameters: Any) -> None:
        """Replaces invented ids by known ones, in turn. Other tests ask for records that do not exist."""
        for name in parameters if isinstance(parameters, dict) else ():
            found = self._found.get(name, [])
            if found and parameters[name] not in found:
                uses = self._uses[name] = self._uses[name] + 1
                # Every second time the first one, about which most is known.
                parameters[name] = found[0] if uses % 2 else found[uses // 2 % len(found)]


def sequence_of(url: str, token: str, known: Known, answered: Counter[int]) -> type[APIStateMachine]:
    """The sequences of requests that the document allows."""
    schema = schemathesis.openapi.from_dict(document())
    schema.config.base_url = url
    schema.config.generation.modes = [GenerationMode.POSITIVE]
    machine: Any = schema.as_state_machine()

    class Sequence(machine):  # type: ignore[misc]
        def before_call(self, case: schemathesis.Case[Any]) -> None:
            case.headers["Authorization"] = token
            for parameters in (case.path_parameters, case.query, case.body):
                known.put_into(parameters)

        def validate_response(self, response: Response, case: schemathesis.Case[Any], **_: Any) -> None:
            answered[response.status_code] += 1
            known.was_met(str(response.request.url), response.status_code)
            case.validate_response(response, checks=AS_DOCUMENTED)
            body: Any = response.json() if response.content else None
            assert response.status_code < 500 or body["error"]["code"] in OF_AWS, (case.as_curl_command(), body)
            known.learn(body)

    return Sequence


def test_sequences_of_requests_as_documented_get_answers_as_documented(
    cloud: LocalCloud, admin: RestClient, launched: dict[str, Any]
) -> None:
    known, answered = Known(), Counter[int]()
    known.learn([admin.get("/protection-groups").body, admin.get("/accounts/targets").body, launched])
    sequence_of(cloud.api_url, str(admin.token), known, answered).run(
        settings=hypothesis_settings(
            max_examples=SEQUENCES,
            stateful_step_count=REQUESTS_OF_A_SEQUENCE,
            derandomize=not CHOSEN,
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        )
    )
    assert answered.keys() >= {200, 201, 400, 404}, answered
    assert known.met[launched["execution"]["execution"]["executionId"]], "nothing was asked about the drill"
