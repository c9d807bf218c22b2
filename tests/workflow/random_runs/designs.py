"""What a seed describes: a plan, the people who intervene in its runs, and what goes wrong."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

PEOPLE = ("DRSOrchestrationAdmin", "DRSRecoveryManager", "DRSOperator")
APPROVERS = PEOPLE[:2]
MOST_SERVERS = 9


@dataclass(frozen=True)
class ServerDesign:
    """``place`` is one of the seed's two; one that is not ``ready`` has no recovery point and is excluded."""

    place: int
    ready: bool
    optional: bool


@dataclass(frozen=True)
class WaveDesign:
    """A wave as in a plan; ``steps`` are the checks after the launches: "good", "bad" or "bad but optional"."""

    number: int
    servers: tuple[ServerDesign, ...]
    depends_on: tuple[int, ...]
    on_failure: str
    min_success_percent: int | None
    approval: bool
    delay_seconds: int
    timeout_minutes: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Moment:
    """A moment, ``seconds`` after ``what``.

    ``what`` is a state of ``wave`` ("status X"), the nth claim or request ("claim 2"), or the start.
    """

    what: str
    wave: int
    seconds: float

    def __str__(self) -> str:
        where = f" of wave {self.wave}" if self.wave else ""
        return f"{self.seconds:.2f} s after {self.what}{where}"


@dataclass(frozen=True)
class Act:
    """One act of a person: an operation, "start_again", "recover" or "launch_in_console"."""

    person: str
    verb: str
    wave: int
    when: Moment

    def __str__(self) -> str:
        return f"{self.person} {self.verb}{f' of wave {self.wave}' if self.wave else ''} {self.when}"


@dataclass(frozen=True)
class Design:
    """All that a seed decides.

    ``faults`` are those of the emulated DRS, with ``place`` or ``servers`` (numbers) to match. ``other`` is the wave
    whose groups make up the second plan, 0 for none.
    """

    seed: int
    waves: tuple[WaveDesign, ...]
    mode: str
    two_person: bool
    timeout_minutes: int
    approval_minutes: int
    other: int
    acts: tuple[Act, ...]
    faults: tuple[dict[str, Any], ...]
    deaths: dict[int, str] = field(default_factory=dict)
    twice: dict[int, float] = field(default_factory=dict)
    slow: dict[int, float] = field(default_factory=dict)
    last_word: str = "skip_wave"

    @property
    def servers(self) -> list[ServerDesign]:
        return [server for wave in self.waves for server in wave.servers]

    def lines(self) -> list[str]:
        """The design in words, for people who look for a fault."""
        lines = [f"seed {self.seed}: {self.mode}, {len(self.waves)} waves, limit {self.timeout_minutes} minutes"]
        for wave in self.waves:
            servers = ", ".join(
                ("west" if one.place else "east") + " OPTIONAL" * one.optional + " unready" * (not one.ready)
                for one in wave.servers
            )
            more = f", at least {wave.min_success_percent} %" if wave.min_success_percent is not None else ""
            more += ", approval" if wave.approval else ""
            more += f", delay {wave.delay_seconds} s" if wave.delay_seconds else ""
            more += f", checks: {', '.join(wave.steps)}" if wave.steps else ""
            lines.append(
                f"  wave {wave.number} after {list(wave.depends_on)}: [{servers}] {wave.on_failure}, "
                f"limit {wave.timeout_minutes} minutes{more}"
            )
        lines += [f"  {act}" for act in self.acts]
        lines += [f"  fault {fault}" for fault in self.faults]
        mischief = {"deaths": self.deaths, "twice": self.twice, "slow": self.slow}
        lines += [f"  {name}: {what}" for name, what in mischief.items() if what]
        return lines


Waves: TypeAlias = tuple[WaveDesign, ...]
Trouble: TypeAlias = tuple[Waves, tuple[Act, ...], tuple[dict[str, Any], ...]]


def design_of(seed: int) -> Design:
    """The design of a seed: always the same."""
    chance = random.Random(seed)
    waves = _waves(chance)
    acts, faults = _acts(chance, waves), _faults(chance, waves)
    mode = "DRILL" if chance.random() < 0.7 else "RECOVERY"
    trouble = _TROUBLES.get(chance.randrange(2 * len(_TROUBLES)))
    if trouble is not None:
        waves, more_acts, more_faults = trouble(chance, waves)
        acts, faults = acts + more_acts, more_faults + faults
    if trouble is _preempted:
        mode = "DRILL"
    return Design(
        seed=seed,
        waves=waves,
        mode=mode,
        two_person=chance.random() < 0.2,
        timeout_minutes=chance.choice([3, 5]) if chance.random() < 0.1 else 90,
        approval_minutes=1 if chance.random() < 0.2 else 30,
        other=chance.randint(1, len(waves)) if chance.random() < 0.4 else 0,
        acts=acts,
        faults=faults,
        deaths=_deaths(chance),
        twice=_some(chance, 0.5, 25, 3, lambda: chance.choice([0.0, 0.0, 0.3, 1.5])),
        slow=_some(chance, 0.5, 400, 6, lambda: chance.choice([0.1, 0.2, 0.4, 0.8])),
        last_word=chance.choice(["skip_wave", "reject_wave"]),
    )


def _waves(chance: random.Random) -> tuple[WaveDesign, ...]:
    count = chance.choice([1, 1, 2, 2, 3, 3, 3, 4, 4, 5, 6])
    order = chance.sample(range(1, count + 1), count) if chance.random() < 0.5 else list(range(1, count + 1))
    room = MOST_SERVERS
    waves = {}
    for position, number in enumerate(order):
        size = max(1, min(chance.choice([1, 1, 2, 2, 3]), room - (count - position - 1)))
        room -= size
        waves[number] = _wave(chance, number, order[:position], size)
    made = tuple(waves[number] for number in sorted(waves))
    return made if _can_start(made) else _waves(chance)


def _can_start(waves: Sequence[WaveDesign]) -> bool:
    """A plan of which no server can launch is refused."""
    return any(server.ready for wave in waves for server in wave.servers)


def _wave(chance: random.Random, number: int, earlier: Sequence[int], size: int) -> WaveDesign:
    kind = chance.random()
    if kind < 0.5 and earlier:
        needs: Sequence[int] = [earlier[-1]]
    elif kind < 0.75 and earlier:
        needs = chance.sample(earlier, chance.randint(1, len(earlier)))
    else:
        needs = []
    servers = tuple(
        ServerDesign(place=int(chance.random() < 0.3), ready=chance.random() > 0.1, optional=chance.random() < 0.25)
        for _ in range(size)
    )
    return WaveDesign(
        number=number,
        servers=servers,
        depends_on=tuple(sorted(needs)),
        on_failure=chance.choice(["STOP", "STOP", "CONTINUE", "PAUSE", "PAUSE"]),
        min_success_percent=chance.choice([None, None, None, 50, 100]),
        approval=chance.random() < 0.18,
        delay_seconds=chance.choice([1, 2, 3]) if chance.random() < 0.2 else 0,
        timeout_minutes=chance.choice([1, 2]) if chance.random() < 0.3 else 90,
        steps=_steps(chance),
    )


def _steps(chance: random.Random) -> tuple[str, ...]:
    if chance.random() > 0.15:
        return ()
    return tuple(chance.choice(["good", "good", "bad but optional", "bad"]) for _ in range(chance.randint(1, 2)))


def _acts(chance: random.Random, waves: Sequence[WaveDesign]) -> tuple[Act, ...]:
    acts: list[Act] = []
    for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4])):
        verb = chance.choice(
            ["pause_execution"] * 4
            + ["cancel_execution"] * 4
            + ["skip_wave", "skip_wave", "retry_wave", "approve_wave", "reject_wave"]
            + ["start_again", "recover", "recover", "launch_in_console"]
        )
        act = Act(chance.choice(PEOPLE), verb, chance.choice(waves).number, _moment(chance, waves))
        acts.append(act)
        if verb == "pause_execution":
            later = Moment(act.when.what, act.when.wave, act.when.seconds + chance.choice([0.0, 0.5, 1.0, 2.0]))
            acts.append(Act(chance.choice(PEOPLE), "resume_execution", 0, later))
    for wave in waves:
        # Several people answer one question at the same moment.
        if wave.approval and chance.random() < 0.5:
            acts += _rivals(
                chance, wave.number, "status AWAITING_APPROVAL", ["approve_wave", "reject_wave", "skip_wave"]
            )
        if wave.on_failure == "PAUSE" and chance.random() < 0.5:
            acts += _rivals(chance, wave.number, "status AWAITING_DECISION", ["retry_wave", "reject_wave", "skip_wave"])
    return tuple(acts)


def _rivals(chance: random.Random, wave: int, what: str, verbs: list[str]) -> list[Act]:
    at = Moment(what, wave, chance.choice([0.0, 0.2, 1.0, 2.0]))
    return [Act(chance.choice(APPROVERS), verb, wave, at) for verb in chance.sample(verbs, chance.randint(1, 3))]


def _moment(chance: random.Random, waves: Sequence[WaveDesign]) -> Moment:
    wave = chance.choice(waves).number
    kind = chance.choice(["start", "claim", "claim", "request", "request", "status", "status", "status"])
    seconds = chance.choice([0.0, 0.0, 0.05, 0.2, 0.6, 1.2])
    match kind:
        case "start":
            return Moment("the start", 0, chance.uniform(0.0, 4.0))
        case "status":
            status = chance.choice(["QUEUED", "EXECUTING", "EXECUTING", "FAILED", "COMPLETED", "AWAITING_DECISION"])
            return Moment(f"status {status}", wave, seconds)
        case _:
            return Moment(f"{kind} {chance.randint(1, max(1, len(waves)))}", 0, seconds)


def _faults(chance: random.Random, waves: Sequence[WaveDesign]) -> tuple[dict[str, Any], ...]:
    count = sum(len(wave.servers) for wave in waves)
    return tuple(_fault(chance, count) for _ in range(chance.choice([0, 1, 1, 2, 2, 3])))


def _fault(chance: random.Random, servers: int) -> dict[str, Any]:
    match chance.choice(["server"] * 3 + ["launch"] * 2 + ["look"]):
        case "server":
            return {"servers": [chance.randrange(servers)], **_fault_of_server(chance)}
        case "launch":
            return {"place": chance.randint(0, 1), "operation": "StartRecovery", **_fault_of_launch(chance)}
        case _:
            operation = chance.choice(["DescribeJobs", "DescribeJobs", "DescribeRecoveryInstances"])
            return {"place": chance.randint(0, 1), "operation": operation, **_fault_of_look(chance)}


def _fault_of_server(chance: random.Random) -> dict[str, Any]:
    return chance.choice(
        [
            {"kind": "LAUNCH_FAILED", "times": 1},
            {"kind": "LAUNCH_FAILED", "times": 1},
            {"kind": "LAUNCH_FAILED", "times": 2},
            {"kind": "LAUNCH_FAILED"},
            {"kind": "LAUNCH_STUCK", "times": 1, "parameters": {"forSeconds": chance.choice([2_500.0, 5_000.0])}},
            {"kind": "LAUNCH_STUCK", "times": 2, "parameters": {"forSeconds": 3_500.0}},
            {"kind": "SNAPSHOT_FAILED", "times": 1},
            {"kind": "NO_INSTANCE_ID", "times": 1, "parameters": {"instanceExists": chance.random() < 0.6}},
            {"kind": "EMPTY_PARTICIPATING_SERVERS", "parameters": {"forSeconds": 400.0}},
            {"kind": "EMPTY_PARTICIPATING_SERVERS", "times": 1, "parameters": {"forSeconds": 90_000.0}},
            {"kind": "LATE_START", "times": 1, "parameters": {"delaySeconds": 1_500.0}},
        ]
    )


def _fault_of_launch(chance: random.Random) -> dict[str, Any]:
    return chance.choice(
        [
            {"kind": "THROTTLE", "times": chance.randint(1, 3)},
            {"kind": "CONFLICT", "times": 1},
            {"kind": "QUOTA_EXCEEDED", "times": 1, "parameters": {"quotaCode": "L-D88FAC3A"}},
            {"kind": "INTERNAL_ERROR", "times": 1},
            {"kind": "ACCESS_DENIED", "times": 1},
            {"kind": "DROPPED_CONNECTION", "times": 1},
            {"kind": "DROPPED_CONNECTION", "times": 1, "parameters": {"beforeAction": True}},
            {"kind": "DELAYED_ANSWER", "times": 1, "parameters": {"delaySeconds": 3.6}},
            {"kind": "SLOW_CALL", "times": 2, "parameters": {"delaySeconds": chance.choice([0.5, 1.0])}},
        ]
    )


def _fault_of_look(chance: random.Random) -> dict[str, Any]:
    return chance.choice(
        [
            {"kind": "SLOW_CALL", "times": 4, "parameters": {"delaySeconds": chance.choice([0.4, 0.8, 1.5])}},
            {"kind": "THROTTLE", "times": 3},
            {"kind": "INTERNAL_ERROR", "times": 2},
            {"kind": "DROPPED_CONNECTION", "times": 2},
            {"kind": "ACCESS_DENIED", "times": 2},
        ]
    )


def _deaths(chance: random.Random) -> dict[int, str]:
    return _some(chance, 0.6, 60, 3, lambda: chance.choice(["before", "after"]))


# --- combinations that are rare by chance ---


def _late(chance: random.Random, waves: Waves) -> Trouble:
    """A launch ends well after the time limit of its wave, and the wave is tried again around then."""
    wave = chance.choice(waves)
    number = first_server(waves, wave.number)
    stuck = {"forSeconds": chance.choice([1_500.0, 2_500.0, 4_000.0])}
    fault = {"servers": [number], "kind": "LAUNCH_STUCK", "times": 1, "parameters": stuck}
    changed = replace(wave, on_failure="PAUSE", timeout_minutes=1)
    when = Moment("status AWAITING_DECISION", wave.number, chance.choice([0.0, 0.5, 1.5, 3.0]))
    return _with(waves, changed), (Act(PEOPLE[0], "retry_wave", wave.number, when),), (fault,)


def _nothing_left(chance: random.Random, waves: Waves) -> Trouble:
    """A wave fails because a server is excluded, and another attempt has nothing to launch."""
    wave = chance.choice(waves)
    unready = ServerDesign(place=0, ready=False, optional=chance.random() < 0.5)
    ready = ServerDesign(place=0, ready=True, optional=False)
    servers = (unready, ready) if len(waves) == 1 or chance.random() < 0.7 else (unready,)
    changed = _with(waves, replace(wave, servers=servers, on_failure="PAUSE", min_success_percent=100))
    return (changed if _can_start(changed) else waves), (), ()


def _mistaken(chance: random.Random, waves: Waves) -> Trouble:
    """A person drills the servers of a wave in DRS itself just as the wave's own request is lost."""
    wave = chance.choice(waves)
    fault = {
        "place": wave.servers[0].place,
        "operation": "StartRecovery",
        "kind": "DROPPED_CONNECTION",
        "times": 2,
        "parameters": {"beforeAction": chance.random() < 0.8},
    }
    when = Moment(chance.choice(["the start", "status QUEUED"]), wave.number, chance.choice([0.0, 0.1, 0.3]))
    return waves, (Act(PEOPLE[0], "launch_in_console", wave.number, when),), (fault,)


def _preempted(chance: random.Random, waves: Waves) -> Trouble:
    """A RECOVERY takes the servers of a drill that launches them."""
    return waves, (Act(PEOPLE[1], "recover", 0, _moment(chance, waves)),), ()


def _stopped_at_a_slow_look(chance: random.Random, waves: Waves) -> Trouble:
    """DRS is slow between the decision to launch and the launch, and a person stops the run."""
    wave = chance.choice(waves)
    slow = {"delaySeconds": chance.choice([0.8, 1.5])}
    place = wave.servers[0].place
    fault = {"place": place, "operation": "DescribeJobs", "kind": "SLOW_CALL", "times": 8, "parameters": slow}
    verb = chance.choice(["pause_execution", "cancel_execution"])
    when = Moment("status QUEUED", wave.number, chance.choice([0.0, 0.2, 0.5]))
    return waves, (Act(PEOPLE[0], verb, 0, when),), (fault,)


_TROUBLES: dict[int, Callable[[random.Random, Waves], Trouble]] = dict(
    enumerate((_late, _nothing_left, _mistaken, _preempted, _stopped_at_a_slow_look))
)


def _with(waves: Waves, changed: WaveDesign) -> Waves:
    return tuple(changed if wave.number == changed.number else wave for wave in waves)


def first_server(waves: Waves, wave: int) -> int:
    return sum(len(other.servers) for other in waves if other.number < wave)


def _some(chance: random.Random, probability: float, reach: int, most: int, what: Any) -> dict[int, Any]:
    if chance.random() > probability:
        return {}
    return {number: what() for number in sorted(chance.sample(range(1, reach + 1), chance.randint(1, most)))}
