"""Structured logs: JSON lines with a separate field for each fact to search by, and never a secret; and metrics.

Only the standard library and a formatter, because a logging library would cost a tenth of a cold start (ADR 2).
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON, with a field for each item of ``extra=``."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "level": record.levelname,
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "location": f"{record.module}.{record.funcName}:{record.lineno}",
            "function": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN_FIELDS}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _StandardOutput(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to the current standard output, which tests and the local cloud replace."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stdout
        super().emit(record)


def _make_logger() -> logging.Logger:
    made = logging.getLogger("dr-orchestration")
    made.setLevel(os.environ.get("LOG_LEVEL", "INFO"))
    if not made.handlers:
        handler = _StandardOutput()
        handler.setFormatter(JsonLines())
        made.addHandler(handler)
    # Lambda adds a handler to the root logger, which would write each line a second time.
    made.propagate = False
    return made


logger = _make_logger()
"""The logger of the product."""

_NAMESPACE = "DrOrchestration"


def put_metrics(
    values: Mapping[str, int], dimensions: Mapping[str, str], *, at: datetime, units: Mapping[str, str] | None = None
) -> None:
    """Logs values as metrics, in a line of their own."""
    logger.info("measured", extra=counted_as(values, dimensions, at=at, units=units))


def counted_as(
    values: Mapping[str, int], dimensions: Mapping[str, str], *, at: datetime, units: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Fields of a log line that CloudWatch turns into metrics, which takes no call and no permission.

    Each value is a metric of the whole stage as well, for alarms, which cannot sum over dimensions
    (CloudWatch user guide, embedded metric format). Without a unit a value is a count.
    """
    of_stage = [["Stage"]] if set(dimensions) > {"Stage"} else []
    declared = {
        "Namespace": _NAMESPACE,
        "Dimensions": [list(dimensions), *of_stage],
        "Metrics": [{"Name": name, "Unit": (units or {}).get(name, "Count")} for name in values],
    }
    directive = {"Timestamp": int(at.timestamp() * 1_000), "CloudWatchMetrics": [declared]}
    return {"_aws": directive, **dimensions, **values}


class Counted(StrEnum):
    """What is counted when it happens. Each is a metric of the stage with an alarm (docs/runbook.md)."""

    BROKEN_WAVES = "BrokenWaves"
    RESTARTED_RUNS = "RestartedRuns"
    FAILED_LAUNCHES = "FailedLaunches"
    STALLED_SERVERS = "StalledServers"
    FAILED_NOTICES = "FailedNotices"
    AUDIT_FAILURES = "AuditFailures"
    SERVER_ERRORS = "ServerErrors"
    TABLE_THROTTLES = "TableThrottles"
    NEAR_TIME_LIMIT = "NearTimeLimit"


def count(what: Counted, by: int = 1) -> None:
    """Counts something that has just happened; nothing is logged for 0."""
    if by:
        put_metrics({what.value: by}, {"Stage": os.environ.get("STAGE", "local")}, at=datetime.now(UTC))
