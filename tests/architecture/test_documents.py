"""The documents say what is there: statements, commands, tables, links."""

import json
import re
from pathlib import Path

import pytest

from chalicelib.domain.access.permissions import ROLE_PERMISSIONS

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def text(name: str) -> str:
    return (ROOT / name).read_text()


def statements() -> list[tuple[str, str]]:
    return [
        (path.stem, statement["Sid"])
        for path in sorted((ROOT / ".chalice/statements").glob("*.json"))
        for statement in json.loads(path.read_text())
    ]


@pytest.mark.parametrize(("source", "sid"), statements())
def test_every_statement_has_its_reason(source: str, sid: str) -> None:
    section = re.search(rf"^### {source}$(.*?)(?=^###? |\Z)", text("docs/access.md"), re.MULTILINE | re.DOTALL)
    assert section, f"docs/access.md has no section on {source}"
    assert f"| {sid} |" in section.group(1)


def test_no_statement_is_explained_that_does_not_exist() -> None:
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
def test_links_lead_somewhere(document: Path) -> None:
    broken = [target for target in LINK.findall(document.read_text()) if not (document.parent / target).exists()]
    assert broken == []


def test_commands_named_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for command in re.findall(r"`make ([a-z ]+)", document.read_text())
        for target in command.split()
    }
    assert named <= targets


def test_the_deployment_guide_knows_every_step_of_the_script() -> None:
    steps = re.findall(r"^step_([a-z]+)\(\)", text("scripts/deploy.sh"), re.MULTILINE)
    table = text("docs/deployment-guide.md").partition("| step | does |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE) == full_deployment_steps()
    assert set(steps) == set(full_deployment_steps())


def full_deployment_steps() -> list[str]:
    match = re.search(r'" 1"\) steps=\(([a-z ]+)\)', text("scripts/deploy.sh"))
    assert match
    return match.group(1).split()
