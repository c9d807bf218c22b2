"""A stand-alone emulator of the AWS Elastic Disaster Recovery (DRS) API, with faults on demand.

It never calls AWS by itself and knows nothing of the programs that are tested with it.
"""

from __future__ import annotations

from drs_emulator.caller_rights import CallerAction
from drs_emulator.clock import Clock
from drs_emulator.emulator import Emulator
from drs_emulator.errors import ApiError, ConnectionDropped, ScenarioError
from drs_emulator.faults import FaultKind, FaultRule, Match
from drs_emulator.records import Disk
from drs_emulator.settings import Durations, EmulatorSettings, Quotas, Rate, Throttling
from drs_emulator.wsgi import wsgi_app

__all__ = [
    "ApiError",
    "CallerAction",
    "Clock",
    "ConnectionDropped",
    "Disk",
    "Durations",
    "Emulator",
    "EmulatorSettings",
    "FaultKind",
    "FaultRule",
    "Match",
    "Quotas",
    "Rate",
    "ScenarioError",
    "Throttling",
    "wsgi_app",
]
