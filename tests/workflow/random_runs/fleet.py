"""Processes with a local cloud each, and several seeds at a time in every one of them."""

import contextlib
import gc
import logging
import multiprocessing
import os
import socket
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

REGIONS = (
    ("us-east-1", "us-west-2"),
    ("eu-west-1", "eu-central-1"),
    ("ap-south-1", "ap-southeast-1"),
    ("us-west-1", "ca-central-1"),
    ("eu-west-2", "eu-north-1"),
    ("ap-northeast-1", "ap-southeast-2"),
    ("eu-west-3", "sa-east-1"),
    ("ap-northeast-2", "ap-northeast-3"),
)
WATCHDOG_EVERY_SECONDS = 2.0
ENVIRONMENT = {
    "STAGE": "local",
    "AWS_DEFAULT_REGION": "us-east-2",
    "AWS_ACCESS_KEY_ID": "AKIALOCALHUB00000000",
    "AWS_SECRET_ACCESS_KEY": "nothing-to-open",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Report:
    """The result of one seed in words: ``violations`` by promise, ``details`` to print on request."""

    seed: int
    seconds: float
    statuses: tuple[str, ...]
    struck: Counter[str]
    violations: tuple[tuple[str, str], ...]
    details: tuple[str, ...]


def run_seeds(seeds: Sequence[int], *, processes: int) -> Iterator[Report]:
    """Plays the seeds and yields a report of each as soon as it has ended. Raises RuntimeError when a process dies."""
    context = multiprocessing.get_context("spawn")
    waiting: Any = context.Queue()
    reports: Any = context.Queue()
    for seed in seeds:
        waiting.put(seed)
    workers = [context.Process(target=_work, args=(waiting, reports), daemon=True) for _ in range(processes)]
    for worker in workers:
        waiting.put(None)
        worker.start()
    try:
        for _ in seeds:
            yield _next(reports, workers)
    finally:
        for worker in workers:
            worker.join(timeout=30)
            worker.terminate()


def _next(reports: Any, workers: Sequence[Any]) -> Report:
    while True:
        with contextlib.suppress(Exception):  # queue.Empty of another process's queue
            report: Report = reports.get(timeout=2)
            return report
        if not any(worker.is_alive() for worker in workers):
            raise RuntimeError("The processes that play the seeds have ended too early; see what they printed.")


def _work(waiting: Any, reports: Any) -> None:
    os.environ.update(ENVIRONMENT)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    # Tables take their names from the environment when they are imported.
    from tests.workflow.random_runs.small_cloud import small_cloud  # noqa: PLC0415

    logging.disable()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    # A hundred threads take turns with locks: by default each would get the interpreter 5 ms later.
    sys.setswitchinterval(0.0005)
    everywhere = [region for pair in REGIONS for region in pair]
    with small_cloud(everywhere) as cloud, _stage(cloud) as stage, ThreadPoolExecutor(len(REGIONS)) as slots:
        for regions in REGIONS:
            slots.submit(_play_all, stage, regions, waiting, reports)


def _play_all(stage: Any, regions: tuple[str, str], waiting: Any, reports: Any) -> None:
    while (seed := waiting.get()) is not None:
        reports.put(_play(stage, regions, seed))
    waiting.put(None)


def _play(stage: Any, regions: tuple[str, str], seed: int) -> Report:
    from tests.workflow.random_runs.designs import design_of  # noqa: PLC0415
    from tests.workflow.random_runs.narrative import details_of  # noqa: PLC0415
    from tests.workflow.random_runs.play import Play  # noqa: PLC0415

    design = design_of(seed)
    try:
        verdict = Play(stage, design, regions).play()
    except Exception:  # noqa: BLE001 — an edge: a seed that cannot be played is a finding and not the end of the others
        broken = ("the_seed_can_be_played", traceback.format_exc())
        return Report(seed, 0.0, (), Counter(), (broken,), tuple(design.lines()))
    violations = tuple((one.promise, str(one)) for one in verdict.violations)
    return Report(
        seed, verdict.seconds, verdict.statuses, verdict.struck, violations, tuple(details_of(design, verdict))
    )


@contextmanager
def _stage(cloud: Any) -> Iterator[Any]:
    from tests.workflow.random_runs.mischief import MischiefMakers  # noqa: PLC0415
    from tests.workflow.random_runs.people import FrontDesk  # noqa: PLC0415
    from tests.workflow.random_runs.play import Stage  # noqa: PLC0415
    from tests.workflow.random_runs.recording import Recorder  # noqa: PLC0415

    with (
        Recorder(cloud).installed() as recorder,
        MischiefMakers(cloud, recorder).installed() as makers,
        socket.create_server(("127.0.0.1", 0), backlog=128) as opened,
        socket.socket() as closed,
        _watchdog(cloud),
    ):
        # Bound and not listening: it refuses connections, and no other process can use it.
        closed.bind(("127.0.0.1", 0))
        allowed = {"operation": "update_outgoing_hosts", "body": {"networks": ["127.0.0.1"], "version": 0}}
        cloud.runtime.invoke("data-management-handler", allowed)
        ports = opened.getsockname()[1], closed.getsockname()[1]
        yield Stage(cloud, recorder, makers, FrontDesk(cloud), *ports)


@contextmanager
def _watchdog(cloud: Any) -> Iterator[None]:
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.wait(WATCHDOG_EVERY_SECONDS):
            cloud.scheduler.run_now("execution-watchdog")

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        until = time.monotonic() + 10
        while cloud.runtime.running and time.monotonic() < until:
            time.sleep(0.1)
