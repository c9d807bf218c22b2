"""People at the REST API: their calls have the token of a signed-in user and are kept with their answers."""

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from local.cloud import LocalCloud
from tests.workflow.evidence import Call
from tests.workflow.random_runs.designs import PEOPLE
from tests.workflow.random_runs.mischief import Mischief
from tests.workflow.random_runs.recording import now

_ASKS_DRS = {"start_execution"}
_TIMEOUT_SECONDS = 60
_PATHS = {
    "pause_execution": "pause",
    "resume_execution": "resume",
    "cancel_execution": "cancel",
    "approve_wave": "approve",
    "reject_wave": "reject",
    "retry_wave": "retry",
    "skip_wave": "skip",
}


class FrontDesk:
    """Where people sign in."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._tokens = {role: cloud.sign_in(role) for role in PEOPLE}
        self.address = urlsplit(cloud.api_url)

    def token(self, person: str) -> str:
        return self._tokens[person]


@dataclass
class Visitors:
    """The people of one seed, with all their requests and answers."""

    desk: FrontDesk
    mischief: Mischief
    faults: bool
    calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def command(self, person: str, operation: str, execution_id: str, wave: int = 0) -> Call:
        """Requests an operation on an execution or one of its waves."""
        where = f"/executions/{execution_id}" + (f"/waves/{wave}" if operation.endswith("_wave") else "")
        said = {} if not operation.endswith("_wave") else {"comment": "So it is."}
        if operation == "skip_wave":
            said = {"reason": "It is not needed."}
        path = f"{where}/{_PATHS[operation]}"
        return self.send(person, "POST", path, said, operation=operation, execution_id=execution_id, wave=wave)

    def start(self, person: str, plan_id: str, mode: str) -> Call:
        body = {"mode": mode, "reason": "It may burn.", "acceptDegraded": True}
        return self.send(person, "POST", f"/recovery-plans/{plan_id}/execute", body, operation="start_execution")

    def create(self, path: str, body: dict[str, Any]) -> Any:
        """Creates something as an administrator. Raises AssertionError when that is refused."""
        call = self.send(PEOPLE[0], "POST", path, body, operation=f"create {path}")
        assert call.status == 201, call.answer
        return call.answer

    def read(self, path: str) -> Any:
        call = self.send(PEOPLE[0], "GET", path, None, operation=f"read {path.partition('?')[0]}")
        return call.answer if call.status == 200 else {}

    def read_all(self, path: str) -> Iterator[Any]:
        cursor: str | None = ""
        while cursor is not None:
            page = self.read(f"{path}limit=100" + (f"&cursor={cursor}" if cursor else ""))
            yield from page.get("items", [])
            cursor = page.get("nextCursor")

    def send(
        self, person: str, method: str, path: str, body: Any, *, operation: str, execution_id: str = "", wave: int = 0
    ) -> Call:
        sent_at = now()
        status, answer = self._over_http(person, method, path, body)
        call = Call(sent_at, now(), person, operation, execution_id, wave, status, answer)
        with self._lock:
            self.calls.append(replace(call, excused=self._is_excused(call)))
        return call

    def _is_excused(self, call: Call) -> bool:
        died = any(call.sent_at <= moment <= call.answered_at for moment in self.mischief.died_at)
        return call.status in {502, 503, 504} and (died or (self.faults and call.operation in _ASKS_DRS))

    def _over_http(self, person: str, method: str, path: str, body: Any) -> tuple[int, Any]:
        address = self.desk.address
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=_TIMEOUT_SECONDS)
        headers = {"Authorization": self.desk.token(person), "Content-Type": "application/json"}
        try:
            payload = None if body is None else json.dumps(body).encode()
            connection.request(method, address.path + path, body=payload, headers=headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            connection.close()
