"""The documents agree with the code: statements, commands, tables, links."""

import json
import re
from pathlib import Path

import pytest

from chalicelib.domain.access.permissions import ROLE_PERMISSIONS
from scripts.deployment.deploy import CHECKS, STEPS

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "statemachine" / "README.md"])
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
HEADING_LINK = re.compile(r"\]\((?!https?:)([^)#]*)#([^)]+)\)")
MAX_LINE_CHARACTERS = 120

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?<![\w./<:-])((?:\.?\w[\w-]*/)+[\w.-]*|\w+\.(?:py|sh|yaml))(?![\w/<{*…-])")
TEST_NAME = re.compile(r"test_\w+")
HISTORICAL = {"lambda/query-handler/index.py"}
"""Paths of the previous platform, which the deployment guide maps to ours."""


def text(name: str) -> str:
    return (ROOT / name).read_text()


def statements() -> list[tuple[str, str]]:
    return [
        (path.stem, statement["Sid"])
        for path in sorted((ROOT / ".chalice/statements").glob("*.json"))
        for statement in json.loads(path.read_text())
    ]


@pytest.mark.parametrize(("source", "sid"), statements())
def test_every_statement_is_explained(source: str, sid: str) -> None:
    section = re.search(rf"^### {source}$(.*?)(?=^###? |\Z)", text("docs/access.md"), re.MULTILINE | re.DOTALL)
    assert section, f"docs/access.md has no section on {source}"
    assert f"| {sid} |" in section.group(1)


def test_every_explained_statement_exists() -> None:
    explained = set(re.findall(r"^\| ([A-Z][A-Za-z0-9]+) \|", text("docs/access.md"), re.MULTILINE))
    assert explained == {sid for _, sid in statements()}


def test_the_table_of_groups_is_what_the_code_grants() -> None:
    page = text("docs/access.md")
    groups = [
        "DRSOrchestrationAdmin",
        *(f"DRS{name}" for name in ("RecoveryManager", "PlanManager", "Operator", "ReadOnly", "Auditor")),
    ]
    documented: dict[str, set[str]] = {group: set() for group in groups}
    for permission, *marks in (
        row.strip("| ").split(" | ") for row in re.findall(r"^\| [a-z-]+ \| [✓–] .*$", page, re.MULTILINE)
    ):
        for group, mark in zip(groups, marks, strict=True):
            if mark == "✓":
                documented[group].add(permission)
    assert documented == {group: {permission.value for permission in held} for group, held in ROLE_PERMISSIONS.items()}


def test_the_data_model_names_every_table() -> None:
    declared = set(
        re.findall(r"aws-drs-orchestration-([a-z-]+)-\$\{Stage\}\n      BillingMode", text("infrastructure/data.yaml"))
    )
    described = set(re.findall(r"^\| ([a-z][a-z-]+) \|", text("docs/data-model.md"), re.MULTILINE)) - {"table"}
    assert described == declared


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    broken = [target for target in LINK.findall(document.read_text()) if not (document.parent / target).exists()]
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_headings_lead_to_headings(document: Path) -> None:
    links = HEADING_LINK.findall(document.read_text())
    assert [link for link in links if link[1] not in anchors(document.parent / link[0] if link[0] else document)] == []


def test_a_heading_has_the_anchor_that_its_link_names() -> None:
    assert "situations-as-they-look" in anchors(ROOT / "docs" / "operator-guide.md")
    assert "no-such-heading" not in anchors(ROOT / "docs" / "operator-guide.md")


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_paths_and_tests_that_a_document_names_exist(document: Path) -> None:
    assert unknown_names(document.read_text()) == []


def test_a_path_and_a_test_that_do_not_exist_are_found() -> None:
    page = "`chalicelib/api/rest.py`, `domain/runs/pace.py`, `tests/unit`, `test_links_lead_to_files`, `us-east-1/x`"
    assert unknown_names(page) == []
    page = "`chalicelib/models/`, `domain/pace.py`, `python scripts/gone.py`, `asking.py`, `test_nothing_at_all`"
    assert unknown_names(page) == ["chalicelib/models/", "domain/pace.py", "scripts/gone.py", "test_nothing_at_all"]


def unknown_names(page: str) -> list[str]:
    """The paths and tests in backticks that do not exist. A path may start in the repository or in ``chalicelib``."""
    quoted = QUOTED.findall(FENCED.sub("", page))
    paths = [path for text in quoted for path in PATH.findall(text)]
    tests = [text for text in quoted if TEST_NAME.fullmatch(text)]
    return [path for path in paths if not _exists(path)] + [name for name in tests if not _is_test(name)]


def _exists(path: str) -> bool:
    first = path.partition("/")[0]
    if "/" not in path:
        return any(ROOT.glob(f"*/**/{path}")) or (ROOT / path).exists()
    ours = (ROOT / first).exists() or (ROOT / "chalicelib" / first).exists()
    is_built = first == "build"
    return (
        not ours or is_built or path in HISTORICAL or any((top / path).exists() for top in (ROOT, ROOT / "chalicelib"))
    )


def _is_test(name: str) -> bool:
    return any(path.stem == name or f"def {name}(" in path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_text_is_wrapped(document: Path) -> None:
    """Tables, headings, code and pictures may be wider."""
    lines = FENCED.sub("", document.read_text()).splitlines()
    assert [line for line in lines if len(line) > MAX_LINE_CHARACTERS and not line.startswith(("|", "#", "!["))] == []


def test_commands_named_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for command in re.findall(r"`make ([a-z -]+)", document.read_text())
        for target in command.split()
    }
    assert named <= targets


def test_the_deployment_guide_lists_every_step_of_the_script() -> None:
    table = text("docs/deployment-guide.md").partition("| step | does |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE) == ["account", *CHECKS, *STEPS]
