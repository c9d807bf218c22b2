"""The list of what is measured. To add a subject: a module with `measure() -> Measured`, and a line here."""

import importlib
from dataclasses import dataclass

from benchmarks.metric import Measured


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Something to measure. Each is measured in a process of its own, so that none affects another's numbers."""

    name: str
    module: str
    summary: str

    def measure(self) -> Measured:
        """Measures the subject in this process."""
        measured: Measured = importlib.import_module(self.module).measure()
        return measured


SUBJECTS = (
    Subject(name="package-size", module="benchmarks.package_size", summary="size of the packaged application"),
    Subject(name="deployment", module="benchmarks.deployment", summary="deploying the code of all functions"),
    Subject(name="cold-start", module="benchmarks.cold_start", summary="import and first request of each function"),
    Subject(name="operation-cost", module="benchmarks.operation_cost", summary="DynamoDB calls of each operation"),
    Subject(name="reads", module="benchmarks.reads", summary="calls and times of reads of full tables"),
    Subject(name="groups", module="benchmarks.groups", summary="create and update of a group of 1,000 servers"),
    Subject(name="token", module="benchmarks.sign_in_token", summary="time of verifying a sign-in token"),
    Subject(name="front", module="benchmarks.front", summary="50 requests a second by REST for a minute"),
    Subject(name="start", module="benchmarks.start_time", summary="time and AWS calls of a start of 1,000 servers"),
    Subject(name="wave-update", module="benchmarks.wave_update", summary="items written by an update of 1,000 servers"),
    Subject(name="steering", module="benchmarks.steering", summary="delay of approve, pause and resume in DRS"),
    Subject(name="demo", module="benchmarks.demo_run", summary="wall time and memory of the demonstration"),
    Subject(name="overhead", module="benchmarks.overhead", summary="time of a run not spent in DRS jobs"),
    Subject(name="scale", module="benchmarks.scale", summary="1,000 servers in 30 waves with a random graph"),
    Subject(name="scale-4000", module="benchmarks.scale_4000", summary="4,000 servers in 30 waves, in 16 places"),
    Subject(name="full-place", module="benchmarks.full_place", summary="2,000 servers in one place, over the bound"),
    Subject(name="dashboard", module="benchmarks.dashboard", summary="interactions in a browser, 1,000 servers live"),
    Subject(name="makespan", module="benchmarks.makespan", summary="simulated recovery times over their lower bound"),
    Subject(name="forecast", module="benchmarks.forecast", summary="time of a forecast, and how well it holds"),
    Subject(name="inventory", module="benchmarks.inventory", summary="sync of 4,000 servers in 20 account-Regions"),
    Subject(name="drift", module="benchmarks.drift", summary="checks of 4,000 servers for drift in a day of rounds"),
    Subject(name="apply", module="benchmarks.apply", summary="launch settings of 100 servers at DRS's request rates"),
    Subject(name="inventory-200", module="benchmarks.inventory_200", summary="sync of 200 account-Regions"),
)


def find_subject(name: str) -> Subject:
    """The subject of that name. Raises KeyError."""
    return {subject.name: subject for subject in SUBJECTS}[name]
