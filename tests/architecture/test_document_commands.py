"""Every command of the AWS CLI and of our scripts in a document exists, with the options that are given to it.

The CLI's commands are made from the SDK's models: `--function-name` is the field FunctionName of the operation.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from scripts.deployment import deploy

ROOT = Path(__file__).resolve().parent.parent.parent
GLOBAL = {"region", "output", "query", "profile", "endpoint-url", "no-cli-pager", "cli-binary-format", "cli-input-json"}
PAGING = {"max-items", "page-size", "starting-token"}
# Commands that the CLI adds to the operations of a service, and their options.
ADDED = {
    ("cloudformation", "deploy"): {
        "stack-name",
        "template-file",
        "capabilities",
        "parameter-overrides",
        "tags",
        "no-fail-on-empty-changeset",
    },
    ("logs", "tail"): {"since", "follow", "format", "filter-pattern"},
    ("s3", "sync"): {"delete", "only-show-errors"},
    ("s3", "cp"): {"only-show-errors", "recursive"},
    ("s3", "rm"): {"recursive"},
    ("sso", "login"): set[str](),
    ("cloudformation", "wait"): {"stack-name"},
}


def commands() -> Iterator[tuple[str, list[str]]]:
    """(document, words) of every command in a block of bash."""
    for document in sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"]):
        for block in re.findall(r"^```(?:bash|sh)\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL):
            text = re.sub(r"(?:^|\s)#[^\n]*", "", block.replace("\\\n", " "))
            for start in re.finditer(r"(?:^|\$\(|[;|&] )\s*(?=aws |\./scripts/|scripts/)", text, re.MULTILINE):
                yield document.name, _words(text[start.end() :])


def _words(text: str) -> list[str]:
    """The words of the first command; a quoted argument may have several lines."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();|&\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words: list[str] = []
    for word in lexer:
        if word and set(word) <= set("();|&\n"):
            break
        words.append(word)
    return words


ALL = list(commands())


def test_there_are_commands_to_look_at() -> None:
    assert len([words for _, words in ALL if words[0] == "aws"]) > 30
    assert len([words for _, words in ALL if "deploy.sh" in words[0]]) > 3


@pytest.mark.parametrize(("document", "words"), [entry for entry in ALL if entry[1][0] == "aws"], ids=str)
def test_a_command_of_the_cli_exists_with_its_options(document: str, words: list[str]) -> None:
    assert problem_of(words) == "", f"{document}: {shlex.join(words)}"


def test_a_command_that_does_not_exist_is_found() -> None:
    assert problem_of(["aws", "lambda", "invoke", "--function", "x"]) == "lambda invoke has no option function"
    assert problem_of(["aws", "lambda", "run"]) == "lambda has no operation run"


@pytest.mark.parametrize("words", [words for _, words in ALL if "deploy.sh" in words[0]], ids=str)
def test_an_option_of_the_deployment_exists(words: list[str]) -> None:
    if words[1:] != ["--help"]:
        deploy._options(words[1:])


@pytest.mark.parametrize("words", [words for _, words in ALL if "scripts/" in words[0]], ids=str)
def test_a_script_exists_and_can_be_executed(words: list[str]) -> None:
    file = ROOT / words[0]
    assert file.is_file()
    assert file.stat().st_mode & 0o100


_SESSION = botocore.session.get_session()


def problem_of(words: list[str]) -> str:
    _, service, operation, *rest = words
    given = {word[2:].partition("=")[0] for word in rest if word.startswith("--")}
    if (service, operation) in ADDED:
        unknown = given - ADDED[service, operation] - GLOBAL
        return f"{service} {operation} has no option {', '.join(unknown)}" if unknown else ""
    model = _SESSION.get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return f"{service} has no operation {operation}"
    shape = model.operation_model(names[operation]).input_shape
    fields = {xform_name(name, "-") for name in (shape.members if shape else {})}
    unknown = {name for name in given - fields - GLOBAL - PAGING if name.removeprefix("no-") not in fields}
    return f"{service} {operation} has no option {', '.join(unknown)}" if unknown else ""
