"""The import contracts hold, and each of them can fail."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# At least one violation for each contract: the module, and the import that it must not have.
VIOLATIONS = [
    ("layers", "chalicelib/store/reads/plans/plans.py", "import chalicelib.query"),
    ("layers", "chalicelib/query/plans.py", "import chalicelib.execution"),
    ("layers", "chalicelib/domain/plans/plans.py", "import chalicelib.store.tables"),
    ("layers", "chalicelib/newroom/plans.py", ""),
    ("store-layers", "chalicelib/store/tables/runs.py", "import chalicelib.store.reads"),
    ("store-layers", "chalicelib/store/writes/plans/plans.py", "import chalicelib.store.reads"),
    ("calls-know-no-side", "chalicelib/calls/decoding.py", "import chalicelib.query"),
    ("query-cannot-write", "chalicelib/api/plans.py", "import chalicelib.store.writes"),
    ("query-cannot-write", "chalicelib/functions/query_handler.py", "import chalicelib.execution.starts.start"),
    ("query-cannot-write", "chalicelib/functions/metrics.py", "import chalicelib.store.writes"),
    ("query-cannot-write", "chalicelib/store/reads/plans/plans.py", "import chalicelib.store.writes"),
    ("preflight-cannot-write", "chalicelib/preflight/__init__.py", "import chalicelib.store.writes"),
    ("management-cannot-recover", "chalicelib/management/__init__.py", "import chalicelib.aws.actions.launches"),
    ("query-cannot-write", "chalicelib/query/plans.py", "import chalicelib.probes"),
    ("pynamodb-stays-in-store", "chalicelib/query/plans.py", "import pynamodb.models"),
    ("sdk-stays-in-aws", "chalicelib/execution/starts/start.py", "import botocore.config"),
    ("product-knows-no-emulator", "chalicelib/aws/sessions.py", "import moto"),
    ("emulator-stands-alone", "drs_emulator/server.py", "import chalicelib.domain"),
    ("client-knows-no-product", "drs_plans/cli.py", "import chalicelib.domain"),
]
ROOMS = [
    "chalicelib",
    *(f"chalicelib/{room}" for room in ("api", "aws", "aws/actions", "aws/reads", "calls", "domain", "execution")),
    *(f"chalicelib/aws/actions/{shelf}" for shelf in ("afterwards", "launches", "runs", "steps")),
    *(f"chalicelib/{room}" for room in ("functions", "management", "preflight", "probes", "query")),
    *(f"chalicelib/{room}" for room in ("store", "store/reads", "store/tables", "store/writes")),
    "drs_emulator",
    "drs_plans",
    "local",
]
STORE = ("store/audit", "store/by_id", "store/failures", "store/paging", "store/records", "store/transactions")


def run_contracts(directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(Path(sys.executable).parent / "lint-imports"),
            "--no-cache",
            "--config",
            str(ROOT / "pyproject.toml"),
            *options,
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


def add_line(product: Path, module: str, line: str) -> None:
    """Adds the line to the module, and creates the module and its package if they do not exist."""
    path = product / module
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "__init__.py").touch()
    path.write_text((path.read_text() if path.exists() else "") + line)


@pytest.fixture
def small_product(tmp_path: Path) -> Path:
    """The rooms of the real tree with almost no code, keeping every contract."""
    for room in ROOMS:
        (tmp_path / room).mkdir(parents=True, exist_ok=True)
        (tmp_path / room / "__init__.py").write_text("")
    for module in ("operations", "settings", "logs", "ids", "side_by_side", "sdk_models", *STORE):
        (tmp_path / "chalicelib" / f"{module}.py").write_text("")
    for path, line in {
        "chalicelib/functions/query_handler.py": "import chalicelib.query.plans\n",
        "chalicelib/functions/metrics.py": "import chalicelib.query.plans\n",
        "chalicelib/execution/starts/start.py": "import chalicelib.store.writes\n",
        "chalicelib/query/plans.py": "import chalicelib.store.reads.plans.plans\n",
        "chalicelib/store/reads/plans/plans.py": "import pynamodb.models\n",
        "chalicelib/aws/sessions.py": "import botocore.session\n",
        "chalicelib/domain/launches/simulation.py": "",
        "drs_plans/simulate.py": "import chalicelib.domain.launches.simulation\n",
    }.items():
        add_line(tmp_path, path, line)
    return tmp_path


def test_the_product_keeps_every_contract() -> None:
    done = run_contracts(ROOT)
    assert done.returncode == 0, done.stdout


def test_a_small_product_that_keeps_the_contracts_passes(small_product: Path) -> None:
    done = run_contracts(small_product)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_each_contract_can_fail(small_product: Path, contract: str, module: str, line: str) -> None:
    add_line(small_product, module, line + "\n")
    done = run_contracts(small_product, "--contract", contract)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout or "newroom" in done.stdout


def test_every_contract_has_a_violation_above() -> None:
    assert {contract["id"] for contract in CONTRACTS} == {contract for contract, _, _ in VIOLATIONS}


@pytest.mark.parametrize(
    ("contract", "allowed_rooms"), [("pynamodb-stays-in-store", {"store"}), ("sdk-stays-in-aws", {"aws", "sdk_models"})]
)
def test_a_contract_that_lists_rooms_lists_all_but_the_allowed_ones(contract: str, allowed_rooms: set[str]) -> None:
    listed = next(entry["source_modules"] for entry in CONTRACTS if entry["id"] == contract)
    rooms = {path.stem for path in (ROOT / "chalicelib").iterdir() if path.suffix == ".py" or path.is_dir()}
    rooms -= {"__init__", "__pycache__"} | allowed_rooms
    assert {name.removeprefix("chalicelib.") for name in listed} >= rooms


def foreign_imports_of_the_domain(package: str) -> dict[str, set[str]]:
    """Module of the domain → top-level packages it imports, except the domain, the standard library and msgspec."""
    graph = grimp.build_graph(package, include_external_packages=True, cache_dir=None)
    domain = f"{package}.domain"
    known = set(sys.stdlib_module_names) | {"msgspec"}
    found: dict[str, set[str]] = {}
    for module in graph.find_descendants(domain) | {domain}:
        imported = graph.find_modules_directly_imported_by(module)
        foreign = {name for name in imported if not name.startswith(domain) and name.partition(".")[0] not in known}
        if foreign:
            found[module] = foreign
    return found


def test_the_domain_imports_only_the_standard_library_and_msgspec() -> None:
    assert foreign_imports_of_the_domain("chalicelib") == {}


def test_a_foreign_import_in_the_domain_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "otherlib/domain").mkdir(parents=True)
    (tmp_path / "otherlib/__init__.py").write_text("")
    (tmp_path / "otherlib/domain/__init__.py").write_text("import json\nimport msgspec\nimport ulid\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert foreign_imports_of_the_domain("otherlib") == {"otherlib.domain": {"ulid"}}


# Calls that make a decision depend on more than its arguments.
CLOCKS_AND_ENVIRONMENT = {
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "time.time",
    "time.monotonic",
    "time.sleep",
    "uuid.uuid4",
    "os.environ",
    "os.getenv",
}


def clocks_and_randomness(source: str) -> list[str]:
    tree = ast.parse(source)
    named = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imported += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    found = [
        name for name in named if any(name == clock or name.endswith(f".{clock}") for clock in CLOCKS_AND_ENVIRONMENT)
    ]
    return found + [name for name in imported if name in {"random", "secrets", "uuid"}]


def test_the_domain_takes_time_and_randomness_as_arguments() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in sorted((ROOT / "chalicelib/domain").rglob("*.py"))
        if (names := clocks_and_randomness(path.read_text()))
    }
    assert found == {}


def test_a_clock_in_the_domain_is_found() -> None:
    assert clocks_and_randomness("import datetime\nnow = datetime.datetime.now(datetime.UTC)\n") == [
        "datetime.datetime.now"
    ]
    assert clocks_and_randomness("from random import choice\n") == ["random"]


def test_no_module_imports_the_composition_root() -> None:
    importers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "chalicelib").rglob("*.py")
        if any(line.split()[:2] in (["import", "app"], ["from", "app"]) for line in path.read_text().splitlines())
    ]
    assert importers == [], "in AWS a function module must load without app.py"
