"""Log lines: JSON, with extra facts as fields and the traceback of an error."""

import json

import pytest

from chalicelib.logs import logger


def test_a_line_is_json_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    logger.warning("claim not settled", extra={"job_run": "001#01#0000"})
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["message"], line["job_run"]) == ("WARNING", "claim not settled", "001#01#0000")


def test_an_error_carries_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logger.exception("unexpected error")
    assert "RuntimeError: broken" in json.loads(capsys.readouterr().out)["exception"]
