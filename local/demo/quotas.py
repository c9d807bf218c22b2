"""Plays steps about quotas: another team's jobs use them up, and who waits behind whom is asked."""

import time
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chalicelib.domain.text import count_of
from local.demo.evidence import launch_jobs
from local.demo.lines import time_left
from local.demo.narration import Narrator
from local.demo.script import CheckOrder, CheckWaits, EndOtherJobs, OtherJobs
from local.demo.watching import Look, Watch

if TYPE_CHECKING:
    from local.cloud import LocalCloud

_LIMIT_SECONDS = 120.0
_LOOK_AGAIN_SECONDS = 0.5
_REQUEST_AGAIN_SECONDS = 0.5


class QuotasNotAsExpected(RuntimeError):
    """Servers wait for something else, or launched in another order, than the scenario expects."""


class QuotaSteps:
    """The steps of one scenario about quotas; it remembers the jobs of the other team."""

    def __init__(self, cloud: "LocalCloud", narrator: Narrator) -> None:
        self._cloud, self._narrator = cloud, narrator
        self._held: deque[str] = deque()

    def play(self, step: EndOtherJobs | CheckWaits | CheckOrder, look: Look, runs: Mapping[str, Watch]) -> None:
        """Does a step while runs, by name, are followed. Raises QuotasNotAsExpected."""
        match step:
            case EndOtherJobs():
                self._give_back(step, look)
            case CheckWaits():
                self._check_waits(step, look, runs[step.run])
            case CheckOrder():
                self._check_order(step, look, {runs[name].execution_id: name for name in step.runs})

    def take(self, step: OtherJobs) -> None:
        """Starts the jobs of the other team, as fast as DRS takes requests. A fault keeps them from their ends."""
        drs = self._cloud.client("drs", account=step.account_id, region=step.region)
        jobs = count_of(step.jobs, "job")
        self._narrator.breaks(
            None, f"another team has {jobs} in progress in {step.account_id}/{step.region}", step.note
        )
        for number in range(1, step.jobs + 1):
            server_id = self._cloud.emulator.add_source_server(
                step.account_id, step.region, hostname=f"other-team-{number}"
            )
            fault = {"kind": "LAUNCH_STUCK", "match": {"serverIds": [server_id]}}
            self._held.append(self._cloud.emulator.add_fault(fault))
            self._start(drs, server_id)

    def _start(self, drs: object, server_id: str) -> None:
        until = time.monotonic() + _LIMIT_SECONDS
        while True:
            try:
                drs.start_recovery(sourceServers=[{"sourceServerID": server_id}], isDrill=True)  # type: ignore[attr-defined]
                return
            except ClientError as error:
                if error.response["Error"]["Code"] != "ThrottlingException" or time.monotonic() > until:
                    raise
            time.sleep(_REQUEST_AGAIN_SECONDS)

    def _give_back(self, step: EndOtherJobs, look: Look) -> None:
        """Lets jobs of the other team end."""
        self._narrator.breaks(look, f"{count_of(step.jobs, 'job')} of the other team ends", step.note)
        for _ in range(step.jobs):
            self._cloud.emulator.remove_fault(self._held.popleft())

    def _check_waits(self, step: CheckWaits, look: Look, watch: Watch) -> None:
        """Waits until the API says what the run waits for, and prints it with the time that is forecast."""
        self._narrator.does(look, "check", f"what does {step.run} wait for?", step.note)
        self._narrator.sends(f"GET /executions/{watch.execution_id}")
        until = time.monotonic() + _LIMIT_SECONDS
        while True:
            seen = watch.glance()
            reasons = [wave.waiting_for.text for wave in seen.detail.waves if wave.waiting_for]
            if any(step.text in reason for reason in reasons):
                self._narrator.answers(f"{' '.join(reasons)} The run: {time_left(seen)}.")
                return
            if time.monotonic() > until:
                raise QuotasNotAsExpected(f"{step.run} should wait for {step.text!r}, but waits for {reasons}.")
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _check_order(self, step: CheckOrder, look: Look, names: Mapping[str, str]) -> None:
        """Compares the order of the runs with that of their first jobs in DRS."""
        jobs = sorted(launch_jobs(self._cloud), key=lambda job: job.created_at)
        order = list(dict.fromkeys(names[job.execution_id] for job in jobs if job.execution_id in names))
        self._narrator.does(look, "check", f"DRS got their jobs in this order: {', '.join(order)}", step.note)
        if order != list(step.runs):
            raise QuotasNotAsExpected(f"The order should have been {', '.join(step.runs)}.")
