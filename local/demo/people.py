"""The people of the demonstration: a signed-in REST client for each role, and the requests they send."""

from typing import TYPE_CHECKING, Any

from chalicelib.domain.afterwards.termination import TerminationProgress
from chalicelib.operations.runs import ExecutionDetail, Intervention
from local.demo.rest import RestClient
from local.demo.script import Ask, Request

if TYPE_CHECKING:
    from local.cloud import LocalCloud

_VERBS = {
    Request.PAUSE: "pause",
    Request.RESUME: "resume",
    Request.CANCEL: "cancel",
    Request.APPROVE: "approve",
    Request.REJECT: "reject",
    Request.RETRY: "retry",
    Request.SKIP: "skip",
    Request.TERMINATE: "terminate the instances of",
}


class People:
    """Signed-in users by role."""

    def __init__(self, cloud: "LocalCloud") -> None:
        self._cloud = cloud
        self._clients: dict[str, RestClient] = {}

    def client(self, role: str) -> RestClient:
        """The REST client of the user of this role."""
        if role not in self._clients:
            self._clients[role] = RestClient(self._cloud.api_url, lambda: self._cloud.sign_in(role))
        return self._clients[role]

    def name(self, role: str) -> str:
        """The name of the user in printed lines: the role in plain words, from the e-mail address."""
        return self._cloud.users.by_role[role].email.partition("@")[0].replace("-", " ")


def path_of(step: Ask, detail: ExecutionDetail) -> str:
    """The path of the request."""
    run = f"/executions/{detail.execution.execution_id}"
    if step.request is Request.TERMINATE:
        return f"{run}/terminate-instances"
    wave = f"/waves/{_number(step, detail)}" if step.request.is_of_a_wave else ""
    return f"{run}{wave}/{step.request.lower()}"


def describe_request(step: Ask, detail: ExecutionDetail) -> str:
    """The request in plain words."""
    if step.request.is_of_a_wave:
        return f"{_VERBS[step.request]} wave {_number(step, detail)} '{step.wave}'"
    return f"{_VERBS[step.request]} the {detail.execution.mode}"


def send(step: Ask, detail: ExecutionDetail, client: RestClient) -> str:
    """Sends the request, and returns the API's statement of what will happen. Raises ApiProblem."""
    kind: Any = TerminationProgress if step.request is Request.TERMINATE else Intervention
    return str(client.post(path_of(step, detail), _body(step, detail), kind, idempotency_key="").statement)


def _body(step: Ask, detail: ExecutionDetail) -> dict[str, str]:
    if step.request is Request.TERMINATE:
        # Required for a RECOVERY, and recorded for a drill.
        return {"confirm": detail.execution.plan_name, "reason": step.comment or "The scenario is over."}
    if not step.request.is_of_a_wave:
        return {}
    return {"reason" if step.request is Request.SKIP else "comment": step.comment}


def _number(step: Ask, detail: ExecutionDetail) -> int:
    return next(wave.wave_number for wave in detail.waves if wave.name == step.wave)
