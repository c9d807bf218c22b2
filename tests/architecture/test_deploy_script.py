"""scripts/deploy.sh, run with stand-ins for the programs that it calls: order, stops and messages.

The answers of AWS itself are not tested here, as docs/deployment-guide.md says.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
STAND_IN = r"""#!/bin/bash
echo "$(basename "$0") $*" >>"$CALLS"
case "$(basename "$0") $*" in
    "$FAILS"*) echo "fails as requested" >&2; exit 7 ;;
    *describe-stacks*ArtifactBucket*) echo artifacts ;;
    *describe-stacks*UserPoolArn*) echo arn:aws:cognito-idp:us-east-2:111122223333:userpool/us-east-2_abc ;;
    *describe-stacks*UserPoolClientId*) echo client-1 ;;
    *list-objects-v2*) echo "$REMEMBERED" ;;
    *publish-version*) echo 6 ;;
    *get-function-configuration*) echo "$KEYS_IN_USE" ;;
    "chalice deploy"*)
        echo "with $USER_POOL_ARN" >>"$CALLS"
        grep -o '"USER_POOL_[A-Z_]*": "[^"]*"' .chalice/config.json | sort -u >>"$CALLS"
        grep -o '"CURSOR_KEYS": "[^"]*"' .chalice/config.json >>"$CALLS"
        api='"resource_type": "rest_api", "rest_api_id": "api1", "rest_api_url": "https://api.example/api/"'
        printf '{"resources": [{%s}]}' "$api" >.chalice/deployed/qa.json ;;
    *"s3 cp --only-show-errors s3://"*) echo '{}' >"${@: -1}" ;;
    *"lambda invoke"*) echo "${SMOKE_ANSWER:-{\"statusCode\": 200\}}" >"${@: -1}" ;;
esac
"""
PROGRAMS = ("aws", "chalice", "make", "curl", "ruff", "cfn-lint")


class Deployment:
    """A copy of what the script reads, with stand-ins first on its PATH."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.calls_file = directory / "calls"
        for name in ("scripts", "infrastructure", ".chalice"):
            shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("deployed", "deployments"))
        (directory / "chalicelib").mkdir()
        for name in ("app.py", "requirements.txt"):
            (directory / name).write_text("")
        (directory / "statemachine").mkdir()
        (directory / "statemachine/dr_orchestration.asl.json").write_text("{}")
        tools = directory / ".venv/bin"
        tools.mkdir(parents=True)
        # The layer is built by Chalice's own code and tested by the packaging tests; here it is left out.
        (directory / "scripts/compiled_packages.py").write_text("")
        (tools / "python").symlink_to(shutil.which("python3") or "/usr/bin/python3")
        for program in PROGRAMS:
            (tools / program).write_text(STAND_IN)
            (tools / program).chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        defaults = {"CALLS": str(self.calls_file), "FAILS": "nothing", "REMEMBERED": "None", "KEYS_IN_USE": "None"}
        return subprocess.run(
            [str(self.directory / "scripts/deploy.sh"), *arguments],
            env={**os.environ, **defaults, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines()

    def place_of(self, text: str) -> int:
        places = [place for place, call in enumerate(self.calls()) if text in call]
        assert places, f"{text} was never called: {self.calls()}"
        return places[0]


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


def test_help_names_every_option(deployment: Deployment) -> None:
    done = deployment.run("--help")
    assert done.returncode == 0
    for option in ("--lambda-only", "--frontend-only", "--validate-only"):
        assert option in done.stdout


@pytest.mark.parametrize(
    "arguments", [(), ("local",), ("qa", "--everything"), ("qa", "--lambda-only", "--validate-only")]
)
def test_arguments_that_are_not_understood_deploy_nothing(deployment: Deployment, arguments: tuple[str, ...]) -> None:
    done = deployment.run(*arguments)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert deployment.calls() == []


def test_a_full_deployment_runs_its_steps_in_order(deployment: Deployment) -> None:
    done = deployment.run("qa")
    assert done.returncode == 0, done.stdout + done.stderr
    places = [
        deployment.place_of(text)
        for text in (
            "make --no-print-directory check",
            "ruff check --select S",
            "ARGS=tests/architecture",
            "sts get-caller-identity",
            "cloudformation deploy --stack-name aws-drs-orchestration-data-qa",
            "chalice deploy --stage qa",
            "publish-version --function-name aws-drs-orchestration-query-handler-qa",
            "update-alias --function-name aws-drs-orchestration-query-handler-qa --name workflow --function-version 6",
            "update-alias --function-name aws-drs-orchestration-execution-handler-qa --name live --function-version 6",
            "update-alias --function-name aws-drs-orchestration-execution-handler-qa --name workflow",
            "update-alias --function-name aws-drs-orchestration-data-management-handler-qa --name rest",
            "cloudformation deploy --stack-name aws-drs-orchestration-qa",
            "lambda invoke --function-name aws-drs-orchestration-query-handler-qa:live",
            "curl --fail --silent --show-error --max-time 30 https://api.example/api/health",
        )
    ]
    assert places == sorted(places)
    assert "with arn:aws:cognito-idp:us-east-2:111122223333:userpool/us-east-2_abc" in deployment.calls()
    assert '"USER_POOL_CLIENT_ID": "client-1"' in deployment.calls(), "the functions know the pool they verify for"
    assert '"USER_POOL_ARN": "arn:aws:cognito-idp:us-east-2:111122223333:userpool/us-east-2_abc"' in deployment.calls()


def test_a_step_that_fails_ends_the_deployment(deployment: Deployment) -> None:
    done = deployment.run("qa", FAILS="make --no-print-directory test")
    assert done.returncode != 0
    assert not [call for call in deployment.calls() if call.startswith(("aws", "chalice"))]


def test_a_failed_chalice_deployment_moves_no_alias(deployment: Deployment) -> None:
    done = deployment.run("qa", "--lambda-only", FAILS="chalice deploy")
    assert done.returncode != 0
    assert not [call for call in deployment.calls() if "alias" in call or "s3 cp" in call]


def test_lambda_only_touches_no_stack(deployment: Deployment) -> None:
    done = deployment.run("qa", "--lambda-only")
    assert done.returncode == 0, done.stdout + done.stderr
    assert deployment.place_of("chalice deploy")
    assert not [call for call in deployment.calls() if "cloudformation deploy" in call]


def test_validate_only_needs_no_account(deployment: Deployment) -> None:
    done = deployment.run("qa", "--validate-only")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {call.split()[0] for call in deployment.calls()} == {"make", "cfn-lint"}


def test_frontend_only_says_that_there_is_no_dashboard(deployment: Deployment) -> None:
    done = deployment.run("qa", "--frontend-only")
    assert done.returncode == 0
    assert "The dashboard is not deployed to AWS yet, so this step deployed nothing." in done.stdout
    assert deployment.calls() == []


def test_the_record_of_the_last_chalice_deployment_is_fetched_and_saved(deployment: Deployment) -> None:
    deployment.run("qa", "--lambda-only", REMEMBERED="chalice/qa.json")
    fetched = deployment.place_of("s3 cp --only-show-errors s3://artifacts/chalice/qa.json")
    assert (
        fetched < deployment.place_of("chalice deploy") < deployment.place_of("qa.json s3://artifacts/chalice/qa.json")
    )


def test_a_first_deployment_has_no_record_to_fetch(deployment: Deployment) -> None:
    deployment.run("qa", "--lambda-only")
    assert not [call for call in deployment.calls() if "s3 cp --only-show-errors s3://" in call]


@pytest.mark.parametrize(
    ("environment", "former"),
    [({}, ""), ({"FAILS": "aws lambda get-function-configuration"}, ""), ({"KEYS_IN_USE": "in-use,old"}, ",in-use")],
)
def test_each_deployment_has_a_new_key_for_cursors_beside_the_former_one(
    deployment: Deployment, environment: dict[str, str], former: str
) -> None:
    done = deployment.run("qa", "--lambda-only", **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (keys,) = [call for call in deployment.calls() if "CURSOR_KEYS" in call and "query" not in call]
    assert re.fullmatch(f'"CURSOR_KEYS": "[0-9a-f]{{64}}{former}"', keys)
    assert "CURSOR_KEYS" not in (ROOT / ".chalice/config.json").read_text()


def test_the_gateways_own_answers_are_set_after_each_deployment(deployment: Deployment) -> None:
    """Chalice replaces the API, and with it these; they take effect with a deployment of the API."""
    done = deployment.run("qa", "--lambda-only")
    assert done.returncode == 0, done.stdout + done.stderr
    declared = json.loads((ROOT / "infrastructure/gateway-responses.json").read_text())["responses"]
    places = [deployment.place_of(f"/gateway-responses/{kind}.json") for kind in declared]
    assert deployment.place_of("chalice deploy") < min(places)
    assert max(places) < deployment.place_of("apigateway create-deployment --rest-api-id api1 --stage-name api")


def test_a_stage_that_does_not_answer_fails_the_smoke_test(deployment: Deployment) -> None:
    done = deployment.run("qa", "--lambda-only", SMOKE_ANSWER='{"errorMessage": "No module named x"}')
    assert done.returncode != 0
    assert "The smoke test failed: query-handler did not answer health with status 200" in done.stderr
