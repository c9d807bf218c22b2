"""Structured logs: JSON lines with what a search needs in fields of their own; never a secret.

The standard library and one formatter: a logging library would cost a tenth of a cold start (ADR 2).
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a line; what a caller passes as ``extra=`` becomes fields."""

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
    """Writes to what standard output is at that moment; tests and the local cloud change it."""

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
    # Lambda puts a handler on the root logger; each line would come twice.
    made.propagate = False
    return made


logger = _make_logger()
"""The one logger."""
