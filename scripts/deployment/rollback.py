"""Goes back to an earlier deployment: functions, aliases, API, application stack, rules and dashboard.

    scripts/rollback.sh STAGE                    to the newest deployment before this one that passed its smoke test
    scripts/rollback.sh STAGE --to DEPLOYMENT    to a deployment, by its id or its commit
    scripts/rollback.sh STAGE --list             the deployments that there are

The data stack is never rolled back: tables are restored to a moment, not to a version of their template.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from scripts.chalice_config import FUNCTIONS
from scripts.chalice_names import name_of
from scripts.deployment import aliases, dashboard, history, record, stacks
from scripts.deployment.history import Deployment
from scripts.deployment.lock import locked
from scripts.deployment.preflight import ask
from scripts.deployment.stage import INTERRUPTED, STAGES, Refused, Stage


def main(arguments: Sequence[str], confirm: Callable[[str], str] = ask) -> int:
    parser = argparse.ArgumentParser(prog="scripts/rollback.sh", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--to", metavar="DEPLOYMENT", help="the id or the commit of a deployment")
    parser.add_argument("--list", action="store_true", help="show the deployments and change nothing")
    parser.add_argument("--account", metavar="ID", help="stop when the credentials are of another account")
    parser.add_argument("--yes", action="store_true", help="it was confirmed in advance; needs --account")
    options = parser.parse_args(arguments)
    if options.yes and not options.account:
        parser.error("--yes needs --account ID, so that nothing is rolled back in an account that was not meant")
    try:
        stage = Stage.of(options.stage)
        stage.require_account(options.account)
        if options.list:
            print(*history.shown(history.listed(stage)), sep="\n")
            return 0
        with locked(stage, f"scripts/rollback.sh {stage.name}"):
            target = history.to_go_back_to(stage, options.to)
            print(*plan(stage, target), sep="\n", flush=True)
            if not options.yes and confirm(f"Type {stage.name} to roll it back: ").strip() != stage.name:
                raise Refused("The rollback was not confirmed, so nothing was changed.")
            roll_back(stage, target)
    except (Refused, BotoCoreError, ClientError, WaiterError) as failure:
        print(failure, file=sys.stderr)
        return 2 if isinstance(failure, Refused) else 1
    except KeyboardInterrupt:
        print(f"The rollback of {options.stage} was interrupted: repeat the same command.", file=sys.stderr)
        return INTERRUPTED
    print(f"{stage.name} is back at {target.id}. Test it: scripts/verify.sh {stage.name}")
    return 0


def plan(stage: Stage, target: Deployment) -> list[str]:
    """What a rollback will do, a line each."""
    return [
        stage.where(),
        f"goes back to {target.id} (by {target.by}):",
        f"  code      of {len(FUNCTIONS)} functions: {target.package}",
        *(f"  aliases   of {handler}: version {version}" for handler, version in target.versions.items()),
        f"  REST API  {target.api}: deployment {target.api_deployment}",
        f"  stack     {stage.application_stack}: {target.template or 'left as it is'}",
        "  rules     enabled, each with its own function as target",
        f"  dashboard {target.dashboard or 'left as it is'}",
    ]


def roll_back(stage: Stage, target: Deployment) -> None:
    """Carries it out. Every step can be repeated, and only a rollback that was completed is recorded."""
    for function in FUNCTIONS:
        _give_code(stage, name_of(function, stage.name), target)
    for line in aliases.move(stage, target.versions):
        print(line)
    stage.client("apigateway").update_stage(
        restApiId=target.api,
        stageName=record.API_STAGE,
        patchOperations=[{"op": "replace", "path": "/deploymentId", "value": target.api_deployment}],
    )
    if target.template:
        print(stacks.deploy_stack(stage, stage.application_stack, target.template, target.parameters))
    _restore_rules(stage)
    if target.dashboard:
        dashboard.restore(stage, target.dashboard)
    history.went_back(stage, target)


def _give_code(stage: Stage, name: str, target: Deployment) -> None:
    """The code, layer and commit of a deployment, for what runs without an alias: REST function and schedules.

    A function of this working tree that was never deployed is passed over: its deployment ended before it.
    """
    client = stage.client("lambda")
    try:
        client.update_function_code(FunctionName=name, S3Bucket=stage.bucket, S3Key=target.package)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        print(f"{name}: does not exist, so it was passed over")
        return
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=name, Layers=[target.layer], Environment={"Variables": {**variables, "COMMIT": target.commit}}
    )
    client.get_waiter("function_updated_v2").wait(FunctionName=name)


def _restore_rules(stage: Stage) -> None:
    """Rules may have been disabled, or pointed elsewhere, while something was wrong."""
    events = stage.client("events")
    names = {name_of(function, stage.name) for function in FUNCTIONS}
    for name in sorted(names):
        found = events.list_rules(NamePrefix=name)["Rules"]
        if any(rule["Name"] == name for rule in found):
            arn = f"arn:aws:lambda:{stage.region}:{stage.caller['account']}:function:{name}"
            others = [each["Id"] for each in events.list_targets_by_rule(Rule=name)["Targets"] if each["Arn"] != arn]
            if others:
                events.remove_targets(Rule=name, Ids=others)
                events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
            events.enable_rule(Name=name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
