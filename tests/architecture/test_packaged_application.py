"""The application as deployed: each function's handler, settings and trigger, and what is uploaded."""

import importlib.util
import json
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from benchmarks.cold_start import FIRST_REQUESTS
from tests.architecture.conftest import ROOT, PackagedApplication

MAX_APPLICATION_ZIP_BYTES = 2 * 1024 * 1024  # 2 MB, as Lambda counts its limits
MAX_LAYER_ZIP_BYTES = 25_000_000
# Lambda's limit for a function with its layers is 250 MB. This leaves room, and an unintended package exceeds it.
MAX_UNPACKED_LAYER_BYTES = 80_000_000

HANDLERS = {
    "api_handler": "app.app",
    "query-handler": "chalicelib.functions.query_handler.query_handler",
    "execution-handler": "chalicelib.functions.execution_handler.execution_handler",
    "data-management-handler": "chalicelib.functions.data_management_handler.data_management_handler",
    "inventory-sync": "chalicelib.functions.schedules.inventory_sync",
    "recovery-instance-sync": "chalicelib.functions.schedules.recovery_instance_sync",
    "tag-sync": "chalicelib.functions.schedules.tag_sync",
    "staging-sync": "chalicelib.functions.schedules.staging_sync",
    "launch-settings-drift": "chalicelib.functions.schedules.launch_settings_drift",
    "execution-watchdog": "chalicelib.functions.schedules.execution_watchdog",
    "drill-cleanup": "chalicelib.functions.schedules.drill_cleanup",
    "due-drills": "chalicelib.functions.schedules.due_drills",
    "metrics": "chalicelib.functions.metrics.metrics",
    "evidence-writer": "chalicelib.functions.evidence_writer.evidence_writer",
    "drs-events": "chalicelib.functions.drs_events.drs_events",
}
TIMEOUT_SECONDS = {
    "api_handler": 29,
    "query-handler": 60,
    "execution-handler": 300,
    "data-management-handler": 290,
    "inventory-sync": 290,
    "recovery-instance-sync": 590,
    "tag-sync": 890,
    "staging-sync": 890,
    "launch-settings-drift": 890,
    "execution-watchdog": 290,
    "drill-cleanup": 290,
    "due-drills": 290,
    "metrics": 60,
    "evidence-writer": 290,
    "drs-events": 20,
}
SCHEDULES = {
    "inventory-sync": "rate(5 minutes)",
    "recovery-instance-sync": "rate(10 minutes)",
    "tag-sync": "rate(1 hour)",
    "staging-sync": "rate(15 minutes)",
    "launch-settings-drift": "rate(15 minutes)",
    "execution-watchdog": "rate(1 minute)",
    "drill-cleanup": "rate(5 minutes)",
    "due-drills": "rate(5 minutes)",
    "metrics": "rate(5 minutes)",
}
FUNCTIONS = sorted(HANDLERS)


def test_these_functions_and_no_others_are_deployed(packaged: PackagedApplication) -> None:
    assert set(packaged.functions()) == set(HANDLERS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_its_handler_settings_and_the_shared_layer(packaged: PackagedApplication, function: str) -> None:
    properties = packaged.functions()[function]
    variables = properties["Environment"]["Variables"]
    assert properties["Handler"] == HANDLERS[function]
    assert properties["Timeout"] == TIMEOUT_SECONDS[function]
    assert properties["Runtime"] == f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert properties["Layers"] == [{"Ref": "ManagedLayer"}]
    assert variables["STAGE"] == "qa"
    assert variables["LOG_LEVEL"] == "INFO"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_can_be_imported_and_called(function: str) -> None:
    module, _, name = HANDLERS[function].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_the_benchmark_of_cold_starts_knows_every_function() -> None:
    assert set(FIRST_REQUESTS) == set(HANDLERS)


def test_schedules_are_these_and_no_others(packaged: PackagedApplication) -> None:
    found = {
        name: event["Properties"]["Schedule"]
        for name, properties in packaged.functions().items()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "Schedule"
    }
    assert found == SCHEDULES


# --- what is uploaded ---


def test_the_application_zip_is_small_and_holds_only_the_product(packaged: PackagedApplication) -> None:
    assert packaged.zip_path.stat().st_size <= MAX_APPLICATION_ZIP_BYTES
    ours = ("app.py", "__pycache__/app.*.pyc", "chalicelib/*", "chalice/*")
    unexpected = [name for name in packaged.zip_names() if not any(fnmatchcase(name, pattern) for pattern in ours)]
    assert unexpected == []


@pytest.mark.parametrize("package", ["zip_path", "layer_path"])
def test_every_module_is_packaged_with_its_source_and_compiled_for_the_runtime(
    packaged: PackagedApplication, package: str
) -> None:
    runtime = packaged.functions()["query-handler"]["Runtime"]
    assert runtime == f"python{sys.version_info[0]}.{sys.version_info[1]}", "the packages are compiled by this Python"
    with ZipFile(getattr(packaged, package)) as archive:
        names = set(archive.namelist())
        modules = {name for name in names if name.endswith(".py")}
        assert {compiled_name(name) for name in modules} == {name for name in names if name.endswith(".pyc")}
        for name in modules:
            start = archive.read(compiled_name(name))[:16]
            assert start[:4] == importlib.util.MAGIC_NUMBER
            # Python uses it without comparing it with the source: the hash is recorded but not checked (PEP 552).
            assert start[4:8] == (0b01).to_bytes(4, "little")
            assert start[8:] == importlib.util.source_hash(archive.read(name)), name


def compiled_name(module: str) -> str:
    path = PurePosixPath(module)
    return str(path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc")


def test_the_packaged_application_describes_its_api_as_the_sources_do(
    packaged: PackagedApplication, tmp_path: Path
) -> None:
    """Most compiled files have no docstrings, which the document must not miss."""
    with ZipFile(packaged.zip_path) as archive:
        archive.extractall(tmp_path)
    ask = "import app, json; from chalicelib.api.document import document; print(json.dumps(document()))"
    packed, sources = (
        subprocess.run([sys.executable, "-c", ask], cwd=place, check=True, capture_output=True, text=True).stdout
        for place in (tmp_path, ROOT)
    )
    assert json.loads(packed)["paths"]
    assert packed == sources


def test_the_layer_holds_the_locked_packages(packaged: PackagedApplication) -> None:
    site = f"python/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/"
    with ZipFile(packaged.layer_path) as layer:
        names = set(layer.namelist())
        unpacked_bytes = sum(entry.file_size for entry in layer.infolist())
    assert {f"{site}boto3/session.py", f"{site}botocore/session.py"} <= names
    assert not any(name.startswith(f"{site}chalice/") for name in names)
    assert unpacked_bytes < MAX_UNPACKED_LAYER_BYTES
    assert packaged.layer_path.stat().st_size <= MAX_LAYER_ZIP_BYTES


# Without the collector, which finds nothing to free here, it takes a fifth less.
CFN_LINT = "import gc; gc.disable(); from cfnlint.runner import main; main()"


def test_cfn_lint_accepts_every_template_and_the_packaged_one(packaged: PackagedApplication) -> None:
    """All in one process, which loads the rules once."""
    templates = [*sorted((ROOT / "infrastructure").glob("*.yaml")), packaged.template_path]
    assert len(templates) > 1
    command = [sys.executable, "-c", CFN_LINT, *map(str, templates)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sam_translator_accepts_the_packaged_template(
    packaged: PackagedApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    from samtranslator.translator.transform import transform  # noqa: PLC0415 — half a second, as above

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
    template = packaged.template
    for entry in template["Resources"].values():
        for uri in ("CodeUri", "ContentUri"):
            if uri in entry["Properties"]:
                entry["Properties"][uri] = {"Bucket": "uploads", "Key": entry["Properties"][uri]}
    # The template names no AWS-managed policy, so none has to be looked up.
    no_policies = SimpleNamespace(load=dict)
    translated = transform(template, {}, no_policies)
    kinds = [entry["Type"] for entry in translated["Resources"].values()]
    assert kinds.count("AWS::Lambda::Function") == len(HANDLERS)
    assert kinds.count("AWS::Events::Rule") == len(SCHEDULES) + 1, "the schedules, and the rule of drs-events"
