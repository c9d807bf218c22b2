"""A function that exceeds its time limit, without a cloud around it."""

import threading
from typing import Any

from chalice import Chalice

from local.client_hooks import CrashPlan
from local.invocation import current_invocation
from local.lambda_runtime import LambdaRuntime
from local.project import Project
from tests.waiting import PATIENCE_SECONDS


def test_a_function_that_exceeds_its_time_limit_is_reported_and_cut_off() -> None:
    app = Chalice(app_name="limits")
    answered, cut_off = threading.Event(), threading.Event()

    @app.lambda_function(name="sleeper")
    def sleeper(event: Any, context: Any) -> None:
        invocation = current_invocation()
        assert invocation is not None
        answered.wait(PATIENCE_SECONDS)
        if invocation.dead:
            cut_off.set()

    raw = {"stages": {"local": {"lambda_functions": {"sleeper": {"lambda_timeout": 1}}}}}
    project = Project(
        app_name="limits",
        stage="local",
        environment={},
        chalice_directory=Project.read().chalice_directory,
        raw=raw,
    )
    runtime = LambdaRuntime(app, project=project, account="111122223333", region="us-east-2", crashes=CrashPlan())
    result = runtime.invoke("sleeper", {})
    answered.set()
    assert result.function_error == "Unhandled"
    assert result.value["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in result.value["errorMessage"]
    assert cut_off.wait(PATIENCE_SECONDS)
    assert [function for function, _ in runtime.timed_out] == ["sleeper"]
