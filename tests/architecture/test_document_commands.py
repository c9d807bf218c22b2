"""Every block of a document is what it says: bash executes its commands, against programs that only note the calls.

What was called then exists with the options that were given: operations of AWS by the SDK's models, our scripts and
modules by their own parsers or sources, targets of make, routes of the API.
"""

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from app import app
from scripts.deployment import deploy
from tests.command_lines import NotACommand, blocks, call_of, commands_in, executed

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted(
    str(file.relative_to(ROOT))
    for file in [*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "drs_emulator" / "README.md"]
)


@cache
def commands(document: str) -> list[list[str]]:
    return commands_in((ROOT / document).read_text())


def called(program: str) -> list[list[str]]:
    return [words for document in DOCUMENTS for words in commands(document) if words[0].endswith(program)]


def test_there_are_commands_to_look_at() -> None:
    assert len(called("aws")) > 60
    assert len(called("deploy.sh")) > 10
    assert len(called("python")) > 5


def test_a_block_is_read_as_bash_reads_it() -> None:
    script = 'for n in 1 2; do aws x "$n" --time "$(date -u -d @0 +%Y)" --of "$(openssl rand)"; done  # a remark'
    seen = [words for words in executed(script) if words[0] == "aws"]
    assert seen == [["aws", "x", number, "--time", "1970", "--of", "noted"] for number in ("1", "2")]


def test_a_program_that_is_not_known_is_found() -> None:
    with pytest.raises(AssertionError, match="aws2: command not found"):
        executed("aws2 lambda invoke")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_command_of_the_cli_exists_with_its_options_and_values(document: str) -> None:
    assert [problem for words in commands(document) if words[0] == "aws" and (problem := problem_of(words))] == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("aws lambda invoke --function x", "lambda invoke has no option function"),
        ("aws lambda run --name x", "lambda has no operation run"),
        ("aws events list-targets-by-rule --region r", 'Missing required parameter in input: "Rule"'),
        ("aws events list-rules --limit many", "many is not a number"),
        ("aws events put-targets --rule r --targets Name=1", "Target has no field Name"),
        ("aws logs tail group --backwards", "logs tail has no option backwards"),
    ],
)
def test_a_command_that_does_not_exist_is_found(line: str, problem: str) -> None:
    assert problem in problem_of(line.split())


def problem_of(words: list[str]) -> str:
    try:
        call_of(words)
    except NotACommand as problem:
        return f"{' '.join(words)}: {problem}"
    return ""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_program_of_ours_exists_with_its_options(document: str) -> None:
    assert [words for words in commands(document) if not is_ours_and_exists(words)] == []


def is_ours_and_exists(words: list[str]) -> bool:
    """True of what is not ours, too."""
    options = {word.partition("=")[0] for word in words if word.startswith("--")} - {"--help"}
    match words:
        case ["scripts/deploy.sh" | "./scripts/deploy.sh", *arguments] if arguments != ["--help"]:
            return bool(deploy._options(arguments))
        case [script, *_] if script.removeprefix("./").startswith("scripts/"):
            module = ROOT / "scripts" / "deployment" / f"{Path(script).stem}.py"
            return (ROOT / script).stat().st_mode & 0o100 != 0 and all(each in module.read_text() for each in options)
        case ["python" | ".venv/bin/python", "-m", module, *_]:
            return importlib.util.find_spec(module) is not None and options <= known_options(module)
        case ["python", file, *_]:
            return (ROOT / "scripts" / file).exists()
        case ["make", *targets]:
            named = {target for target in targets if "=" not in target}
            return named <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        case ["chalice", *arguments]:
            return arguments[:2] == ["deploy", "--stage"]
        case ["curl", *arguments]:
            return is_a_route(next(word for word in arguments if word.startswith(("/", "http"))))
    return True


@cache
def known_options(module: str) -> set[str]:
    """The options that the sources of a module, or of its package, name."""
    file = ROOT / (module.replace(".", "/") + ".py")
    sources = [file] if file.exists() else list((ROOT / module.replace(".", "/")).rglob("*.py"))
    return {option for source in sources for option in re.findall(r'"(--[\w-]+)"', source.read_text())}


def is_a_route(url: str) -> bool:
    path = urlsplit(url).path.removeprefix("/api")
    return any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path) for route in app.routes)


def test_a_program_of_ours_that_does_not_exist_is_found() -> None:
    assert not is_ours_and_exists(["make", "everything"])
    assert not is_ours_and_exists(["python", "-m", "local", "--everything"])
    assert not is_ours_and_exists(["scripts/verify.sh", "qa", "--everything"])
    assert not is_ours_and_exists(["curl", "/nowhere"])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_block_in_a_language_can_be_read(document: str) -> None:
    for language, content in blocks((ROOT / document).read_text()):
        assert language in ("bash", "sh", "json", "yaml", "python", ""), "a language that nothing reads"
        if language == "json":
            json.loads(content.replace("[…]", "[]"))
        elif language == "yaml":
            assert list(yaml.safe_load_all(content))
        elif language == "python":
            compile(content, document, "exec")
