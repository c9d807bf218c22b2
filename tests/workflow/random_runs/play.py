"""Plays one seed: sets it up, starts its people and faults, waits for its end and judges it."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.cloud import LocalCloud
from tests.workflow.evidence import EXECUTIONS, FINAL_EXECUTION, JOBS, SERVERS, WAVES, Job, Record, Run, Shown
from tests.workflow.promises import Violation, broken_promises
from tests.workflow.random_runs.designs import APPROVERS, PEOPLE, Act, Design, Moment, WaveDesign, first_server
from tests.workflow.random_runs.mischief import Mischief, MischiefMakers
from tests.workflow.random_runs.people import FrontDesk, Visitors
from tests.workflow.random_runs.recording import Recorder, now

ACCOUNTS = ("222233334444", "333344445555")
CALM_AFTER_SECONDS = 8.0
"""After this time nothing is made to fail any longer."""

QUESTIONS_AFTER_SECONDS = 3.0
"""Before this time only the people of the design answer."""

MOST_RETRIES = 2
SILENCE_SECONDS, MOST_SECONDS = 100.0, 600.0
"""A run hangs if nothing in it changes for so long; how long a run takes depends on how busy the machine is."""
LOOK_SECONDS = 0.05
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Stage:
    """What all seeds of one cloud share. ``open_port`` answers on loopback, ``closed_port`` does not."""

    cloud: LocalCloud
    recorder: Recorder
    makers: MischiefMakers
    desk: FrontDesk
    open_port: int
    closed_port: int


@dataclass(frozen=True)
class Verdict:
    seed: int
    seconds: float
    statuses: tuple[str, ...]
    struck: Counter[str]
    violations: tuple[Violation, ...]
    record: Record = field(repr=False)


class Play:
    """One seed in its own two places, each an account and a Region."""

    def __init__(self, stage: Stage, design: Design, regions: tuple[str, str]) -> None:
        self._stage, self._design = stage, design
        self._places = tuple(zip(ACCOUNTS, regions, strict=True))
        self._mischief = Mischief(design.deaths, design.twice, design.slow)
        self._visitors = Visitors(stage.desk, self._mischief, bool(design.faults))
        self._servers: list[tuple[str, int]] = []
        self._groups: dict[int, list[str]] = {}
        self._plans: list[str] = []
        self._faults: list[str] = []
        self._struck: Counter[str] = Counter()
        self._retries: Counter[tuple[str, int]] = Counter()
        self._began = 0.0
        self._over = threading.Event()

    def play(self) -> Verdict:
        self._set_up()
        self._began = time.monotonic()
        acting = [threading.Thread(target=self._act, args=(act,), daemon=True) for act in self._design.acts]
        try:
            for thread in acting:
                thread.start()
            self._start()
            hangs = self._see_to_the_end(acting)
        finally:
            self._over.set()
            self._calm_down()
        record = self._record(hangs)
        statuses = tuple(str(run.ended.status) if run.ended else "open" for run in record.runs.values())
        seconds = time.monotonic() - self._began
        self._struck |= {"deaths": len(self._mischief.died_at), "second deliveries": self._mischief.repeated}
        return Verdict(self._design.seed, seconds, statuses, self._struck, tuple(broken_promises(record)), record)

    # --- the plan ---

    def _set_up(self) -> None:
        for server in self._design.servers:
            account, region = self._places[server.place]
            self._stage.cloud.emulator.initialize(account, region)
            server_id = self._stage.cloud.emulator.add_source_server(
                account,
                region,
                hostname=f"seed-{self._design.seed}-{next(_numbers)}",
                replication_state="CONTINUOUS" if server.ready else "INITIAL_SYNC",
            )
            self._servers.append((server_id, server.place))
        position = 0
        for wave in self._design.waves:
            mine = list(zip(self._servers[position:], wave.servers, strict=False))
            position += len(wave.servers)
            self._groups[wave.number] = [
                self._group(place, {item[0]: one.optional for item, one in mine if item[1] == place})
                for place in sorted({item[1] for item, _ in mine})
            ]
        self._plans.append(self._plan([self._wave(wave) for wave in self._design.waves]))
        if self._design.other:
            groups = self._groups[self._design.other]
            self._plans.append(self._plan([{"number": 1, "name": "All", "protectionGroupIds": groups}]))
        for plan_id in self._plans:
            self._stage.makers.join(plan_id, self._mischief)
        self._faults = [self._stage.cloud.emulator.add_fault(self._rule(fault)) for fault in self._design.faults]

    def _group(self, place: int, servers: dict[str, bool]) -> str:
        account, region = self._places[place]
        body = {
            "name": f"Group {self._design.seed} {next(_numbers)}",
            "accountId": account,
            "region": region,
            "sourceServerIds": list(servers),
            "impactLevels": {server: "OPTIONAL" for server, optional in servers.items() if optional},
        }
        return str(self._visitors.create("/protection-groups", body)["groupId"])

    def _wave(self, wave: WaveDesign) -> dict[str, Any]:
        checks = [self._check(kind, number) for number, kind in enumerate(wave.steps)]
        return {
            "number": wave.number,
            "name": f"Wave {wave.number}",
            "protectionGroupIds": self._groups[wave.number],
            "dependsOn": list(wave.depends_on),
            "onFailure": wave.on_failure,
            "minSuccessPercent": wave.min_success_percent,
            "approvalRequired": wave.approval,
            "delaySeconds": wave.delay_seconds,
            "timeoutMinutes": wave.timeout_minutes,
            **({"validations": checks} if checks else {}),
        }

    def _check(self, kind: str, number: int) -> dict[str, Any]:
        port = self._stage.open_port if kind == "good" else self._stage.closed_port
        optional = "optional" in kind
        name = f"Check {number} is {kind}"
        return {
            "type": "TCP",
            "name": name,
            "host": "127.0.0.1",
            "port": port,
            "timeoutSeconds": 1,
            "optional": optional,
        }

    def _plan(self, waves: list[dict[str, Any]]) -> str:
        body = {
            "name": f"Plan {self._design.seed} {next(_numbers)}",
            "waves": waves,
            "timeoutMinutes": self._design.timeout_minutes,
            "approval": {"timeoutMinutes": self._design.approval_minutes, "twoPerson": self._design.two_person},
        }
        return str(self._visitors.create("/recovery-plans", body)["planId"])

    def _rule(self, fault: dict[str, Any]) -> dict[str, Any]:
        rule = {name: value for name, value in fault.items() if name in {"kind", "times", "parameters"}}
        if "servers" in fault:
            return {
                **rule,
                "match": {"serverIds": [self._servers[number % len(self._servers)][0] for number in fault["servers"]]},
            }
        account, region = self._places[fault["place"]]
        return {**rule, "match": {"account": account, "region": region, "operation": fault["operation"]}}

    def _start(self) -> None:
        """Starts as a person would: repeatedly while the answer is lost or a dead start is in the way."""
        while True:
            call = self._visitors.start(PEOPLE[0], self._plans[0], self._design.mode)
            if call.status < 500 and self._executions():
                return
            assert time.monotonic() - self._began < SILENCE_SECONDS, f"No start succeeds: {call.answer}"
            time.sleep(0.5)

    def _executions(self) -> list[str]:
        return self._stage.recorder.executions_of(set(self._plans))

    # --- people ---

    def _act(self, act: Act) -> None:
        while not self._has_come(act.when):
            if self._over.wait(LOOK_SECONDS):
                return
        if self._over.wait(act.when.seconds):
            return
        self._do(act)

    def _has_come(self, when: Moment) -> bool:
        kind, _, detail = when.what.partition(" ")
        recorder = self._stage.recorder
        for execution_id in self._executions():
            match kind:
                case "status":
                    come = recorder.item(execution_id, WAVES, str(when.wave)).get("status") == detail
                case "claim":
                    come = len(recorder.items(execution_id, JOBS)) >= int(detail)
                case "request":
                    come = len(recorder.requests[execution_id]) >= int(detail)
                case _:
                    come = True
            if come:
                return True
        return False

    def _do(self, act: Act) -> None:
        executions = self._executions()
        match act.verb:
            case "start_again":
                self._visitors.start(act.person, self._plans[0], "DRILL")
            case "recover":
                self._visitors.start(act.person, self._plans[-1], "RECOVERY")
            case "launch_in_console":
                self._launch_in_console(act.wave)
            case _ if executions:
                target = executions[-1 if act.person == PEOPLE[2] else 0]
                self._visitors.command(act.person, act.verb, target, act.wave)
            case _:
                return

    def _launch_in_console(self, wave: int) -> None:
        """Drills servers in DRS itself, as a person would; recovers them in every third seed."""
        before = first_server(self._design.waves, wave)
        mine = self._servers[before : before + len(self._design.waves[wave - 1].servers)]
        account, region = self._places[mine[0][1]]
        chosen = [{"sourceServerID": server} for server, place in mine if place == mine[0][1]]
        try:
            self._stage.cloud.client("drs", account=account, region=region).start_recovery(
                sourceServers=chosen, isDrill=self._design.seed % 3 != 0
            )
        except (ClientError, BotoCoreError):
            # DRS refuses servers that are already in a job, and the answer may be lost here too.
            return

    # --- the end ---

    def _see_to_the_end(self, acting: list[threading.Thread]) -> dict[str, str]:
        """Answers requests for decisions until all runs have ended; returns the state of those that hang."""
        while True:
            time.sleep(0.2)
            passed = time.monotonic() - self._began
            executions = self._executions()
            opened = [one for one in executions if self._status(one) not in FINAL_EXECUTION]
            if passed > CALM_AFTER_SECONDS:
                self._calm_down()
            busy = passed < CALM_AFTER_SECONDS and any(thread.is_alive() for thread in acting)
            if not opened and not busy:
                return {}
            for execution_id in opened if passed > QUESTIONS_AFTER_SECONDS else []:
                self._answer_questions(execution_id)
            if passed > MOST_SECONDS or (opened and self._is_silent(opened)):
                return {execution_id: self._where(execution_id) for execution_id in opened}

    def _status(self, execution_id: str) -> str:
        return str(self._stage.recorder.item(execution_id, EXECUTIONS).get("status"))

    def _is_silent(self, executions: list[str]) -> bool:
        since = now() - timedelta(seconds=SILENCE_SECONDS)
        last = max(self._stage.recorder.changes[one][-1].at for one in executions)
        decided = [
            call.answered_at for call in self._visitors.calls if call.operation.endswith("_wave") and call.status < 400
        ]
        return max([last, *decided]) < since

    def _answer_questions(self, execution_id: str) -> None:
        if self._status(execution_id) == "PAUSED":
            time.sleep(0.3)
            self._visitors.command(PEOPLE[0], "resume_execution", execution_id)
        for number, wave in self._stage.recorder.items(execution_id, WAVES).items():
            if wave.get("status") == "AWAITING_APPROVAL" and not wave.get("approved_by"):
                self._first_accepted(execution_id, int(number), ["approve_wave", "skip_wave", "reject_wave"])
            if wave.get("status") == "AWAITING_DECISION":
                self._retries[execution_id, int(number)] += 1
                again = self._retries[execution_id, int(number)] <= MOST_RETRIES
                verbs = [*(["retry_wave"] if again else []), self._design.last_word, "reject_wave", "skip_wave"]
                self._first_accepted(execution_id, int(number), verbs)

    def _first_accepted(self, execution_id: str, wave: int, verbs: list[str]) -> None:
        for verb in verbs:
            for person in reversed(APPROVERS):
                if self._visitors.command(person, verb, execution_id, wave).status < 400:
                    return

    def _calm_down(self) -> None:
        self._mischief.stopped = True
        faults, self._faults = self._faults, []
        for standing in self._stage.cloud.emulator.world.faults.list_standing():
            if standing.rule.fault_id in faults:
                self._struck["faults of DRS"] += standing.struck
        for fault in faults:
            self._stage.cloud.emulator.remove_fault(fault)

    def _where(self, execution_id: str) -> str:
        recorder = self._stage.recorder
        waves = {number: item.get("status") for number, item in recorder.items(execution_id, WAVES).items()}
        servers = dict(Counter(item.get("status") for item in recorder.items(execution_id, SERVERS).values()))
        jobs = {key: item.get("status") for key, item in recorder.items(execution_id, JOBS).items()}
        refused = [f"{call.operation}: {call.answer}" for call in self._visitors.calls[-3:] if call.status >= 400]
        return f"{self._status(execution_id)}, waves {waves}, servers {servers}, jobs {jobs}, refused {refused}"

    # --- the evidence ---

    def _record(self, hangs: dict[str, str]) -> Record:
        # The function that ended a run frees the leases after its last write.
        time.sleep(0.5)
        recorder = self._stage.recorder
        server_ids = {server for server, _ in self._servers}
        jobs = recorder.jobs_with(server_ids)
        leases = {server: f"{'#'.join(self._places[place])}#{server}" for server, place in self._servers}
        calls = list(self._visitors.calls)
        listed = [one for plan_id in self._plans for one in self._visitors.read_all(f"/executions?planId={plan_id}&")]
        runs = {}
        for execution_id in self._executions():
            changes = list(recorder.changes[execution_id])
            runs[execution_id] = Run(
                execution_id=execution_id,
                mode=str(recorder.item(execution_id, EXECUTIONS).get("mode")),
                changes=changes,
                requests=list(recorder.requests[execution_id]),
                jobs=self._jobs_of(execution_id, jobs),
                calls=[call for call in calls if call.execution_id == execution_id],
                shown=self._shown(execution_id) if execution_id not in hangs else None,
                hangs=hangs.get(execution_id, ""),
            )
        held = {lease for lease, changes in list(recorder.leases.items()) if self._is_mine(lease, leases)}
        return Record(
            runs=runs,
            leases=sorted((one for lease in held for one in recorder.leases[lease]), key=lambda one: one.number),
            lease_of=leases,
            listed=frozenset(one["executionId"] for one in listed),
            calls=calls,
            jobs=jobs,
        )

    def _jobs_of(self, execution_id: str, jobs: Sequence[Job]) -> list[Job]:
        """Jobs with its tags, and jobs without tags that it adopted, which another promise judges."""
        found = [job for job in jobs if job.execution_id == execution_id]
        for key, item in self._stage.recorder.items(execution_id, JOBS).items():
            taken = [job for job in jobs if job.job_id == item.get("job_id") and not job.execution_id]
            wave = int(item.get("wave_number", 0))
            found += [replace(job, execution_id=execution_id, job_run=key, wave_number=wave) for job in taken]
        return found

    def _is_mine(self, lease: str, leases: dict[str, str]) -> bool:
        groups = {f"group#{group}" for groups in self._groups.values() for group in groups}
        return lease in leases.values() or lease in groups or lease in {f"plan#{plan}" for plan in self._plans}

    def _shown(self, execution_id: str) -> Shown:
        visitors = self._visitors
        detail = visitors.read(f"/executions/{execution_id}")
        servers = visitors.read_all(f"/executions/{execution_id}/servers?")
        return Shown(
            execution=detail["execution"],
            waves={wave["waveNumber"]: wave for wave in detail["waves"]},
            servers={server["sourceServerId"]: server for server in servers},
            events=list(visitors.read_all(f"/executions/{execution_id}/events?")),
        )
