"""People whom the user pool shut out while they hold a token: they start, decide on and end no recovery."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.config import Config

from chalicelib.aws import short_timeouts
from local.cloud import LocalCloud
from tests.persons import ADMIN, MANAGER, Person
from tests.waiting import eventually
from tests.workflow.drills import Drills, Refused, Run

RECOVERY = {"mode": "RECOVERY", "reason": "us-east-1 is failing"}


def gated(drills: Drills) -> str:
    return drills.plan({"servers": drills.servers(), "approvalRequired": True})


def started(answer: Any) -> str:
    assert not isinstance(answer, Refused), answer
    return str(answer["execution"]["executionId"])


def awaiting(drills: Drills, execution_id: str) -> dict[str, Any]:
    eventually(lambda: Run(drills, execution_id).waves[1]["status"] == "AWAITING_APPROVAL", every=0.2)
    return {"executionId": execution_id, "waveNumber": 1}


@pytest.fixture(autouse=True)
def _patience_with_the_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A person who cannot be looked up within three seconds may decide; a busy machine must not lead to that here."""
    patient = Config(connect_timeout=60, read_timeout=60)
    monkeypatch.setattr(short_timeouts, "_CONFIG", short_timeouts._CONFIG.merge(patient))
    short_timeouts.prompt_client.cache_clear()
    yield
    short_timeouts.prompt_client.cache_clear()


@pytest.mark.parametrize("revoke", [Person.disable, Person.lose_role, Person.leave])
def test_a_person_who_was_shut_out_after_the_sign_in_neither_starts_nor_decides_nor_ends(
    drills: Drills, revoke: Callable[[Person], None]
) -> None:
    plan_id, ada, bob = gated(drills), Person(drills.cloud, MANAGER), Person(drills.cloud, ADMIN)
    token = ada.token()
    wave = awaiting(drills, started(bob.ask("start_execution", planId=plan_id, **RECOVERY)))
    revoke(ada)
    for operation, body in (
        ("start_execution", {"planId": gated(drills), **RECOVERY}),
        ("approve_wave", wave),
        ("skip_wave", {**wave, "reason": "Out."}),
    ):
        refused = ada.ask(operation, kept=token, **body)
        assert isinstance(refused, Refused), operation
        assert (refused.status, refused.code) == (403, "NotPermitted"), operation
        assert "no longer lets" in refused.message or "have changed since the sign-in" in refused.message
    bob.ask("cancel_execution", executionId=wave["executionId"])
    run = drills.ended(wave["executionId"])
    name = run.detail["execution"]["planName"]
    whole = {"executionId": run.execution_id, "confirm": name, "reason": "Out."}
    refused = ada.ask("terminate_recovery_instances", kept=token, **whole)
    assert isinstance(refused, Refused)
    assert refused.code == "NotPermitted"
    assert not isinstance(bob.ask("terminate_recovery_instances", **whole), Refused)


@pytest.fixture
def without_cognito(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, the user pool throttles every question about its users."""

    def begin() -> None:
        answer = cloud.front._moto.answer

        def throttled(environ: dict[str, Any], *args: Any, **options: Any) -> Any:
            if "AdminGetUser" in environ.get("HTTP_X_AMZ_TARGET", ""):
                environ["HTTP_X_AMZ_TARGET"] = "AWSCognitoIdentityProviderService.NoSuchOperation"
            return answer(environ, *args, **options)

        monkeypatch.setattr(cloud.front._moto, "answer", throttled)

    return begin


def test_without_cognito_a_recovery_starts_and_says_so_and_none_is_ended(
    drills: Drills, without_cognito: Callable[[], None]
) -> None:
    plan_id, ada, bob = gated(drills), Person(drills.cloud, MANAGER), Person(drills.cloud, ADMIN)
    tokens = ada.token(), bob.token()
    without_cognito()
    execution_id = started(ada.ask("start_execution", kept=tokens[0], planId=plan_id, **RECOVERY))
    wave = awaiting(drills, execution_id)
    assert bob.ask("approve_wave", kept=tokens[1], **wave)["changed"]
    run = drills.ended(execution_id)
    for kind in ("EXECUTION_STARTED", "WAVE_APPROVED"):
        (line,) = run.kinds(kind)
        assert "The user pool could not be asked whether" in line["message"], kind
    body = {"executionId": execution_id, "confirm": run.detail["execution"]["planName"], "reason": "Over."}
    refused = bob.ask("terminate_recovery_instances", kept=tokens[1], **body)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.code) == (503, "Unavailable")
    assert "Cognito did not answer" in refused.message
    assert drills.query("get_execution", executionId=execution_id)["execution"]["termination"] is None
