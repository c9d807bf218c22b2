"""Removes a stage from its account, in the reverse order of a deployment, and leaves what it has stored.

    scripts/tear_down.sh STAGE           dashboard, application stack, API, functions, roles and record
    scripts/tear_down.sh STAGE --list    what would go and what would stay; changes nothing
    scripts/tear_down.sh STAGE --data    the data stack, too; its tables, users, keys and buckets stay without it

It refuses while executions run or instances of drills exist. It can be repeated after an end at any point, and
`scripts/deploy.sh STAGE --import-retained` makes the stage again with everything that was stored.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.text import count_of
from scripts.deployment import application, dashboard, history, in_use, record, removal, retained, stacks
from scripts.deployment.lock import locked
from scripts.deployment.preflight import ask
from scripts.deployment.stage import INTERRUPTED, STAGES, Refused, Stage

STEPS = ("starts", "dashboard", "application", "functions", "record", "data")


def main(arguments: Sequence[str], confirm: Callable[[str], str] = ask) -> int:
    """0 when the stage is gone, 1 when a step failed, 2 when nothing was started."""
    options = _options(arguments)
    try:
        stage = Stage.of(options.stage)
        stage.require_account(options.account)
        print(stage.where())
        roles = not (options.keep_roles or stage.given_roles)
        print(*plan(stage, data=options.data, roles=roles), sep="\n", flush=True)
        if options.list or stage.stack(stage.data_stack) is None:
            return 0
        _refuse_in_use(stage)
        if stage.name == "prod" and not options.remove_production:
            raise Refused("prod is removed only with --remove-production, so nothing was changed.")
        if not options.yes and confirm(f"Type {stage.name} to remove it: ").strip() != stage.name:
            raise Refused("The removal was not confirmed, so nothing was changed.")
        tear_down(stage, data=options.data, roles=roles)
    except (Refused, BotoCoreError, ClientError) as failure:
        print(failure, file=sys.stderr)
        return 2 if isinstance(failure, Refused) else 1
    except KeyboardInterrupt:
        print(f"The removal of {options.stage} was interrupted: repeat the same command.", file=sys.stderr)
        return INTERRUPTED
    print(f"{stage.name} was removed. Make it again: scripts/deploy.sh {stage.name} --import-retained")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/tear_down.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument(
        "--list", action="store_true", help="show what would go and what would stay, and change nothing"
    )
    parser.add_argument("--data", action="store_true", help="delete the data stack, too; what it has stored stays")
    parser.add_argument("--keep-roles", action="store_true", help="leave the functions' roles, which another team made")
    parser.add_argument("--remove-production", action="store_true", help="needed for prod, beside the confirmation")
    parser.add_argument("--account", metavar="ID", help="stop when the credentials are of another account")
    parser.add_argument("--yes", action="store_true", help="it was confirmed in advance; needs --account")
    options = parser.parse_args(arguments)
    if options.yes and not options.account:
        parser.error("--yes needs --account ID, so that nothing is removed from an account that was not meant")
    return options


def plan(stage: Stage, *, data: bool, roles: bool = True) -> list[str]:
    """Everything that goes and everything that stays, a line each.

    Raises Refused when the data stack is gone and other parts of the stage are not: lock and record are in its bucket.
    """
    without_data = stage.stack(stage.data_stack) is None
    recorded = record.EMPTY if without_data else record.stored(stage)
    made = removal.find(stage, recorded=recorded, roles=roles and not without_data)
    goes = [*_stacks_that_go(stage, data=data), *made.lines()]
    if without_data and goes:
        raise Refused(
            f"The stack {stage.data_stack} does not exist, and other parts of {stage.name} do, such as {goes[0]}: run "
            f"`scripts/deploy.sh {stage.name} --import-retained`, which completes the stage, and repeat."
        )
    if not without_data:
        goes.append(
            f"{'record':<10} s3://{stage.bucket}/{record.key_of(stage)} and "
            f"{count_of(len(history.keys(stage)), 'deployment')} to go back to"
        )
    return ["Goes:", *_indented(goes), "Stays:", *_indented(_what_stays(stage, data=data))]


def _stacks_that_go(stage: Stage, *, data: bool) -> Iterator[str]:
    remarks = {
        stage.dashboard_stack: "with CloudFront's distribution",
        stage.application_stack: "with state machines, alarms, and the subscriptions of the alarm topic",
    }
    if data:
        remarks[stage.data_stack] = "with the client of the user pool; what it has stored stays, see below"
    for name, remark in remarks.items():
        if found := stage.stack(name):
            yield f"{'stack':<10} {name} ({found['StackStatus']}), {remark}"
    yield from (f"{'bucket':<10} {name}, with the dashboard's files" for name in dashboard.buckets(stage))


def _what_stays(stage: Stage, *, data: bool) -> Iterator[str]:
    if not data and (found := stage.stack(stage.data_stack)):
        yield f"{'stack':<10} {stage.data_stack} ({found['StackStatus']})"
    for name, template in (
        (stage.data_stack, application.DATA_TEMPLATE),
        (stage.application_stack, application.TEMPLATE),
    ):
        for each in retained.left_behind(stage, name, template):
            remark = REMARKS.get(each.logical) or REMARKS.get(each.kind, "")
            yield f"{each.kind.split('::', 1)[1]} {each.identifier}{remark}"
    yield f"Logs::LogGroup of each function: /aws/lambda/…-{stage.name}, until their time is over"
    if accounts := in_use.accounts(stage):
        yield (
            f"{count_of(len(accounts), 'target account')} with their own stacks ({', '.join(accounts)}): their roles "
            "trust the names of functions that are gone"
        )
    if instances := in_use.recovered(stage):
        yield f"{count_of(instances, 'recovery instance')} of recoveries, as they are"


REMARKS = {
    "Evidence": ", whose objects nobody can delete before their retention ends",
    "AWS::KMS::Key": ", without which what is stored cannot be read",
    "Users": ", with all its users and their groups",
}


def _indented(lines: Sequence[str] | Iterator[str]) -> list[str]:
    return [f"  {line}" for line in lines] or ["  nothing"]


def _refuse_in_use(stage: Stage) -> None:
    if reasons := in_use.why_in_use(stage):
        raise Refused("\n".join([f"{stage.name} is in use, so nothing was removed.", *reasons]))


def tear_down(
    stage: Stage, after_step: Callable[[str], None] = lambda _: None, *, data: bool = False, roles: bool = True
) -> None:
    """Carries it out, under the stage's lock. Raises Refused when the stage came into use meanwhile."""
    work: dict[str, Callable[[], list[str]]] = {
        "starts": lambda: _end_starts(stage),
        "dashboard": lambda: dashboard.remove(stage),
        "application": lambda: [stacks.delete_stack(stage, stage.application_stack)],
        "functions": lambda: _remove_functions(stage, roles=roles),
        "record": lambda: _forget(stage),
        "data": lambda: [stacks.delete_stack(stage, stage.data_stack)],
    }
    with locked(stage, f"scripts/tear_down.sh {stage.name}"):
        for name in STEPS if data else STEPS[:-1]:
            print(f"== {name} ({stage.name})", flush=True)
            print(*work[name](), sep="\n", flush=True)
            after_step(name)


def _end_starts(stage: Stage) -> list[str]:
    """No execution can start any more; the stage is asked again only after that, so that none slips through."""
    removal.prevent_starts(stage)
    try:
        _refuse_in_use(stage)
    except Refused:
        removal.allow_starts(stage)
        raise
    return ["no execution can start any more, and none runs"]


def _remove_functions(stage: Stage, *, roles: bool) -> list[str]:
    made = removal.find(stage, recorded=record.stored(stage), roles=roles)
    removal.remove(stage, made)
    return [f"{line}: deleted" for line in made.lines()]


def _forget(stage: Stage) -> list[str]:
    """The record last of what Chalice has made: until then it names what is still to be removed."""
    history.forget(stage)
    record.remove_record(stage)
    return [f"{record.key_of(stage)}: deleted"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
