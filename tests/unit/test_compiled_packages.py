"""A compiled application is built once for each state of its sources, and never used for another one."""

from pathlib import Path

import pytest

from scripts import compiled_packages


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    (project / "chalicelib").mkdir(parents=True)
    (project / "app.py").write_text("app = 1\n")
    for name in ("first", "second"):
        (project / "chalicelib" / f"{name}.py").write_text(f"NAME = {name!r}\n")
    return project


def test_the_same_sources_have_the_same_state(project: Path) -> None:
    assert compiled_packages._state(project) == compiled_packages._state(project)


def test_another_content_name_or_place_of_a_module_is_another_state(project: Path) -> None:
    states = [compiled_packages._state(project)]
    first = project / "chalicelib" / "first.py"
    first.write_text("NAME = 'third'\n")
    states.append(compiled_packages._state(project))
    renamed = first.rename(first.with_name("a_first.py"))
    states.append(compiled_packages._state(project))
    (project / "chalicelib" / "room").mkdir()
    renamed.rename(project / "chalicelib" / "room" / "a_first.py")
    states.append(compiled_packages._state(project))
    (project / "app.py").write_text("app = 2\n")
    states.append(compiled_packages._state(project))
    assert len(set(states)) == len(states)


def test_another_python_or_another_chalice_is_another_state(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = compiled_packages._state(project)
    monkeypatch.setattr("sys.version", "4.0.0")
    other_python = compiled_packages._state(project)
    monkeypatch.setattr(compiled_packages, "_wanted", lambda kind, project: project / "appcode-of-another-chalice.zip")
    assert len({before, other_python, compiled_packages._state(project)}) == 3
