"""The command lines of documents: read by bash itself, with programs that only note how they were called.

Commands of the AWS CLI become the calls that they mean. The CLI's commands are made from the SDK's models:
`--function-name` is the field FunctionName of the operation.
"""

import json
import re
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.validate import ParamValidator

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("aws", "chalice", "curl", "drs-emulator", "grep", "make", "openssl", "pip", "python", ".venv/bin/python")
NOTED = "noted"
"""What a program prints that was only noted: the value of `$(…)`."""

GLOBAL = {"region", "output", "query", "profile", "endpoint-url", "no-cli-pager", "cli-binary-format"}
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
# Options that the CLI names otherwise than the SDK, because it has options of these names for all commands.
RENAMED = {("sns", "subscribe", "notification-endpoint"): "endpoint"}

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_RECORDER = (
    '#!/bin/bash\n{ printf "%s\\0" "${0#"$SANDBOX/"}" "$@"; printf "\\036\\0"; } >>"$NOTES"\necho ' + NOTED + "\n"
)


class NotACommand(Exception):
    """What is wrong with a command of the AWS CLI, in one sentence."""


@dataclass(frozen=True)
class Call:
    """The call that a command of the AWS CLI means; `added` is one that the CLI adds to those of the service."""

    service: str
    operation: str
    parameters: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    added: bool = False


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """(language, content) of every fenced block of a document; a block of commands without a language is `sh`."""
    for indent, language, indented in _BLOCK.findall(text):
        content = re.sub(rf"^{indent}", "", indented, flags=re.MULTILINE)
        first = content.split(maxsplit=1)[:1]
        yield ("sh" if not language and first and first[0] in (*PROGRAMS, "export") else language), content


def commands_in(text: str) -> list[list[str]]:
    """The words of every command of a document as bash understands them: a program and its arguments.

    Raises AssertionError for a block that bash cannot read, or that calls a program that is not known here.
    """
    return executed("\n".join(content for language, content in blocks(text) if language in ("bash", "sh")))


def executed(script: str) -> list[list[str]]:
    """The commands that a script has called. Nothing but `date` and bash's own commands is really executed."""
    with tempfile.TemporaryDirectory() as directory:
        sandbox = Path(directory)
        notes = sandbox / "notes"
        notes.touch()
        for name in (*(f"bin/{program}" for program in PROGRAMS), *_scripts(), ".venv/bin/python"):
            file = sandbox / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_RECORDER)
            file.chmod(0o755)
        (sandbox / "bin" / "date").symlink_to("/bin/date")
        done = subprocess.run(
            ["/bin/bash", "--norc", "--noprofile", "-c", script],
            cwd=sandbox,
            env={"PATH": f"{sandbox}/bin", "SANDBOX": directory, "NOTES": str(notes), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr, f"{done.stderr}\nin\n{script}"
        noted = [text.split("\0")[:-1] for text in notes.read_text().split("\x1e\0")[:-1]]
    return [[name.removeprefix("bin/"), *arguments] for name, *arguments in noted]


def _scripts() -> Iterable[str]:
    return (str(file.relative_to(ROOT)) for file in (ROOT / "scripts").glob("*.sh"))


def call_of(words: Sequence[str]) -> Call:
    """The call of a command of the AWS CLI. Raises NotACommand when it does not exist, or a value has another shape."""
    options, _ = _options(words[1:])
    rest = [word for word in words[1:] if not word.startswith("--")]
    service, operation = _service_and_operation(words, rest)
    if (service, operation) in ADDED:
        _require_known(f"{service} {operation}", set(options) - ADDED[service, operation] - GLOBAL)
        return Call(service, operation, added=True)
    model = _session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        raise NotACommand(f"{service} has no operation {operation}")
    shape = model.operation_model(names[operation]).input_shape
    fields = {xform_name(name, "-"): name for name in (shape.members if shape else {})}
    parameters, unknown = {}, set()
    for given, values in options.items():
        option = RENAMED.get((service, operation, given), given)
        if option in fields:
            parameters[fields[option]] = _value(shape.members[fields[option]], values, option)
        elif option.removeprefix("no-") in fields:
            parameters[fields[option.removeprefix("no-")]] = False
        elif option not in GLOBAL | PAGING:
            unknown.add(option)
    _require_known(f"{service} {operation}", unknown)
    report = ParamValidator().validate(parameters, shape) if shape else None
    if report is not None and report.has_errors():
        raise NotACommand(f"{service} {operation}: {report.generate_report()}")
    query = " ".join(options.get("query", ()))
    if query:
        with warnings.catch_warnings():
            # A name in backquotes, which the CLI takes and JMESPath has given up.
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            jmespath.compile(query)
    return Call(service, names[operation], parameters, query)


def _service_and_operation(words: Sequence[str], rest: Sequence[str]) -> tuple[str, str]:
    """The first two words that are neither options nor the value of a global one, as in `aws --profile p sts …`."""
    if words[1].startswith("--"):
        rest = rest[1:]
    if len(rest) < 2:
        raise NotACommand(f"{' '.join(words)} names no operation")
    return rest[0], rest[1]


def _options(words: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The values of each option, and what stands before the first one."""
    found: dict[str, list[str]] = {}
    before: list[str] = []
    values = before
    for word in words:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            values = found.setdefault(name, [])
            if equals:
                values.append(value)
        else:
            values.append(word)
    return found, before


def _require_known(command: str, unknown: set[str]) -> None:
    if unknown:
        raise NotACommand(f"{command} has no option {', '.join(sorted(unknown))}")


def _value(shape: Any, values: Sequence[str], option: str) -> Any:
    """The value of an option, in the CLI's notations: words, shorthand (Name=a,Value=b) or JSON."""
    if shape.type_name == "boolean":
        return True
    if not values:
        raise NotACommand(f"the option {option} has no value")
    if shape.type_name == "list" and not values[0].startswith("["):
        return [_single(shape.member, value) for value in values]
    if shape.type_name in ("list", "structure", "map") and values[0][:1] in "[{":
        return json.loads(values[0])
    return _single(shape, values[0])


def _single(shape: Any, text: str) -> Any:
    match shape.type_name:
        case "integer" | "long":
            if not text.isdigit():
                raise NotACommand(f"{text} is not a number")
            return int(text)
        case "float" | "double":
            return float(text)
        case "list":
            return [_single(shape.member, text)]
        case "blob":
            return text.encode()
        case "structure" | "map" if text.startswith("{"):
            return json.loads(text)
        case "structure":
            return _shorthand(shape, text)
        case "map":
            return dict(pair.split("=", 1) for pair in text.split(","))
        case _:
            return text


def _shorthand(shape: Any, text: str) -> dict[str, Any]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    unknown = {name for name, _, _ in pairs} - shape.members.keys()
    if unknown:
        raise NotACommand(f"{shape.name} has no field {', '.join(sorted(unknown))}")
    return {name: _single(shape.members[name], value) for name, _, value in pairs}


@cache
def _session() -> Any:
    return botocore.session.get_session()
