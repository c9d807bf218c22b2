"""Saves a world as JSON, running jobs and faults included, and restores it, now or in another process.

Time stands still in a saved world: what was due in 10 s is due 10 s after the restoration. EC2 is not part of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from drs_emulator.errors import ScenarioError
from drs_emulator.faults import FaultBook
from drs_emulator.object_graph import NotReadable, NotSavable, read_graph, write_graph
from drs_emulator.schedule import Schedule
from drs_emulator.version import VERSION
from drs_emulator.world import World

FORMAT = "drs-emulator-world/1"


def save_world(world: World) -> dict[str, Any]:
    """The world as JSON values. Raises `ApiError` (ConflictException) while EC2 is being called."""
    world.advance()
    with world.at_rest():
        now = world.clock()
        contents = world.contents()
        try:
            graph = write_graph(contents, _known(world))
        except NotSavable as error:
            raise ScenarioError("world", f"holds something that cannot be saved: {error}") from None
        return {
            "format": FORMAT,
            "version": VERSION,
            "savedAt": now.isoformat(),
            "seed": world.settings.seed,
            "speed": world.speed,
            **graph,
        }


def restore_world(world: World, saved: Any, where: str = "world") -> None:
    """Replaces everything by a saved world. Raises `ScenarioError` before anything has changed.

    It raises `ApiError` (ConflictException) while EC2 is being called.
    """
    _check(saved, where)
    with world.at_rest():
        try:
            contents = read_graph(saved, _known(world))
            speed = float(saved["speed"])
            if not speed > 0:
                raise NotReadable(f"its speed is {speed}")
            saved_at = datetime.fromisoformat(saved["savedAt"])
            if not _is_whole(contents):
                raise NotReadable("it has not what a world has")
            world.replace(contents, later_by=world.clock() - saved_at, speed=speed)
        except (NotReadable, KeyError, TypeError, ValueError) as error:
            raise ScenarioError(where, f"is damaged, or not of this version: {error}") from None


def write_file(world: World, file: Path) -> None:
    """Saves to a file, which is complete or as it was before. Raises `OSError` and what `save_world` raises."""
    text = json.dumps(save_world(world), separators=(",", ":"))
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    finally:
        with suppress(OSError):
            unfinished.unlink()


def read_file(file: Path) -> Any:
    """The JSON values of a saved world. Raises `ScenarioError`."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(str(file), f"cannot be read: {error.strerror}") from None
    except ValueError:
        raise ScenarioError(str(file), "is not JSON, and so not a saved world") from None


def _check(saved: Any, where: str) -> None:
    if not isinstance(saved, Mapping) or saved.get("format") != FORMAT:
        raise ScenarioError(where, f"is not a saved world: its `format` must be {FORMAT!r}")
    if saved.get("version") != VERSION:
        problem = f"was saved by version {saved.get('version')}; this is {VERSION}, which cannot continue its jobs"
        raise ScenarioError(f"{where}.version", problem)


def _is_whole(contents: Any) -> bool:
    wanted = {"regions": dict, "faults": FaultBook, "schedule": Schedule, "parked": list}
    return isinstance(contents, dict) and all(isinstance(contents.get(name), kind) for name, kind in wanted.items())


def _known(world: World) -> dict[str, Any]:
    """What belongs to the running emulator and not to its contents: its parts are named in a file, not written."""
    return {"world": world, "durations": world.settings.durations, **world.parts()}
