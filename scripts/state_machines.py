"""Validates the state machines by two parsers that do not know each other, and by Step Functions where it can be asked.

    python -m scripts.state_machines          cfn-lint's schema of the language, and moto's parser of its grammar
    python -m scripts.state_machines --aws    also ValidateStateMachineDefinition, with the credentials that there are

The tests of the state machines judge what these cannot: that no state is a dead end, and that tasks exist.
"""

import argparse
import json
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.asl.parse import preprocessor
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

ROOT = Path(__file__).resolve().parent.parent
FUNCTION_ARN = "arn:aws:lambda:us-east-2:123456789012:function:function:workflow"
PLACEHOLDER = re.compile(r"\$\{\w+\}")
WHOLE_PERCENTAGE = re.compile(r'("ToleratedFailurePercentage"\s*:\s*\d+)(?![\d.])')


def main(arguments: Sequence[str]) -> int:
    """1 when a definition is not valid."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.state_machines", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--aws", action="store_true", help="also ask Step Functions, when there are credentials")
    options = parser.parse_args(arguments)
    files = sorted((ROOT / "statemachine").glob("*.asl.json"))
    problems = [f"{file.relative_to(ROOT)}: {problem}" for file in files for problem in problems_of(file)]
    if options.aws:
        problems += _by_step_functions(files)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{len(files)} state machines are valid by cfn-lint and by moto's parser.")
    return 1 if problems else 0


def problems_of(file: Path) -> Iterator[str]:
    """What is wrong with a definition, by both parsers; a definition that is not JSON is judged by none."""
    try:
        definition = json.loads(PLACEHOLDER.sub(FUNCTION_ARN, file.read_text()))
    except ValueError as error:
        yield f"not JSON: {error}"
        return
    yield from by_schema(definition)
    yield from by_grammar(definition)


def by_schema(definition: dict[str, Any]) -> Iterator[str]:
    """What cfn-lint finds; it sees a definition only within a template."""
    import cfnlint  # noqa: PLC0415 — a second, which the tests of the other parser need not wait for

    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": "arn:aws:iam::123456789012:role/role", "Definition": definition},
    }
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": machine}}
    yield from (f"{each.rule.id} {each.message}" for each in cfnlint.lint(json.dumps(template)))


def by_grammar(definition: dict[str, Any]) -> Iterator[str]:
    """What the parser finds by which the local cloud runs state machines.

    Its grammar demands a fraction where AWS takes `"ToleratedFailurePercentage": 100` as well.
    """
    logging.getLogger(preprocessor.__name__).setLevel(logging.ERROR)
    try:
        AmazonStateLanguageParser.parse(WHOLE_PERCENTAGE.sub(r"\1.0", json.dumps(definition)))
    except Exception as error:  # noqa: BLE001 — the parser has no common type for what it refuses
        yield f"moto's parser: {error}"


def _by_step_functions(files: Sequence[Path]) -> list[str]:
    """What AWS finds. Says so when it could not be asked."""
    if boto3.session.Session().get_credentials() is None:
        print("Step Functions did not validate: there are no credentials.")
        return []
    try:
        client = boto3.client("stepfunctions")
        answers = {
            file.name: client.validate_state_machine_definition(
                definition=PLACEHOLDER.sub(FUNCTION_ARN, file.read_text()), type="STANDARD"
            )
            for file in files
        }
    except (BotoCoreError, ClientError) as error:
        print(f"Step Functions did not validate: {error}")
        return []
    return [
        f"{name}: {each['code']} {each['message']}"
        for name, answer in answers.items()
        for each in answer["diagnostics"]
        if answer["result"] == "FAIL"
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
