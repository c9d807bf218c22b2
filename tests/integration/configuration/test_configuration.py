"""Export and import through REST: a round trip, differences, mistakes, and imports that do not end."""

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType
from chalicelib.domain.plans.configuration import GroupEntry
from chalicelib.management.importing import Change, carry_out, preview
from chalicelib.management.plans import configuration
from chalicelib.operations.configuration import ImportOutcome
from chalicelib.operations.estate import CreateProtectionGroup
from drs_emulator.documents import parse_document
from local.aws_calls import AwsCall
from local.client_hooks import Crash
from local.cloud import LocalCloud
from tests.integration.conftest import (
    EAST,
    REGION_OF,
    WEST,
    RestClient,
    audit_entries,
    request_id_of,
    waves_of,
    without_table,
)
from tests.observed import MANAGEMENT, before_the_first

Make = Callable[..., Any]
Document = dict[str, Any]


@pytest.fixture
def run_import(admin: RestClient) -> Callable[..., Any]:
    """Imports a document; returns the report."""

    def run(document: Document, *, dry_run: bool = False, client: RestClient = admin) -> Any:
        answer = client("POST", "/config/import", {"document": document, "dryRun": dry_run})
        assert answer.status == 200, answer.body
        return answer.body

    return run


def exported(client: RestClient, text_format: str = "yaml", **parameters: str) -> str:
    answer = client.get("/config/export", format=text_format, **parameters)
    assert answer.status == 200, answer.body
    return str(answer.body["text"])


def read(text: str) -> Document:
    return dict(parse_document(text, Path("export")))


def group(name: str, **content: Any) -> Document:
    chosen = {} if {"hostnames", "sourceServerIds"} & set(content) else {"tags": {"Only": name}}
    return {"name": name, "accountId": EAST, "region": REGION_OF[EAST], **chosen, **content}


def plan(name: str, *groups: str, **content: Any) -> Document:
    waves = [{"name": f"Wave of {each}", "protectionGroups": [each]} for each in groups]
    return {"name": name, "waves": waves, **content}


def document(*groups: Document, plans: tuple[Document, ...] = ()) -> Document:
    return {"schemaVersion": 1, "groups": list(groups), "plans": list(plans)}


def outcomes(report: Any) -> list[tuple[str, str, str]]:
    return [(item["name"], item["action"], item["outcome"]) for item in report["items"]]


def test_an_export_imported_into_an_empty_installation_is_exported_again_byte_for_byte(
    admin: RestClient, new_servers: Make, empty: Make, run_import: Make
) -> None:
    first, second, third = new_servers(3)
    place = {"accountId": EAST, "region": REGION_OF[EAST]}
    data = {"name": "Data", "sourceServerIds": [third, first], "impactLevels": {first: "OPTIONAL", third: "CRITICAL"}}
    made = [
        admin("POST", "/protection-groups", {**place, **content}).body["groupId"]
        for content in (
            data,
            {"name": "web, no: yes", "tags": {"Tier": "web", "App": "2024-01-01"}},
            {"name": "Z", "sourceServerIds": [second]},
        )
    ]
    probe = {"type": "HTTP", "name": "Answers", "url": "https://shop.example.com", "optional": True}
    version = admin.get("/config/outgoing-hosts").body["version"]
    admin("PUT", "/config/outgoing-hosts", {"hosts": ["shop.example.com"], "version": version})
    waves = waves_of(*made)
    waves[2] |= {"dependsOn": [], "validations": [probe], "onFailure": "PAUSE"}
    content = {
        "name": "Shop",
        "description": 'a\tb "c"\n- d: ä\u2028',
        "waves": waves,
        "schedule": {"cron": "0 3 * * SUN", "timeZone": "Europe/Berlin"},
        "timeoutMinutes": None,
        "notificationEmails": ["Ops@Example.com"],
    }
    assert admin("POST", "/recovery-plans", content).status == 201
    before = {text_format: exported(admin, text_format) for text_format in ("yaml", "json")}
    assert read(before["yaml"]) == read(before["json"])
    assert admin.get("/recovery-plans").body["items"][0]["plan"]["planId"] not in before["yaml"]
    for text in before.values():
        empty()
        assert run_import(read(text))["counts"] == {"DONE": 5, "UNCHANGED": 2}, "the accounts are there"
        assert {text_format: exported(admin, text_format) for text_format in ("yaml", "json")} == before
        assert run_import(read(text))["counts"] == {"UNCHANGED": 7}


def test_a_dry_run_shows_the_differences_and_changes_nothing(
    admin: RestClient, new_servers: Make, empty: Make, run_import: Make
) -> None:
    first, second = new_servers(2)
    run_import(document(group("Data", sourceServerIds=[first]), group("Web"), plans=(plan("Shop", "Data", "Web"),)))
    changed = document(
        group("Data", sourceServerIds=[second]),
        group("App"),
        plans=(plan("SHOP", "data", "App", rtoMinutes=30), plan("New", "Web")),
    )
    before = exported(admin)
    report = run_import(changed, dry_run=True)
    assert exported(admin) == before
    assert outcomes(report) == [
        ("Data", "UPDATE", "PLANNED"),
        ("App", "CREATE", "PLANNED"),
        ("SHOP", "UPDATE", "PLANNED"),
        ("New", "CREATE", "PLANNED"),
    ]
    assert report["items"][0]["differences"] == [
        {"field": "sourceServerIds", "removed": json.dumps([first]), "added": json.dumps([second])}
    ]
    assert {found["field"]: (found["removed"], found["added"]) for found in report["items"][2]["differences"]} == {
        "name": ('"Shop"', '"SHOP"'),
        "rtoMinutes": ("null", "30"),
        "waves[0].name": ('"Wave of Data"', '"Wave of data"'),
        "waves[1].name": ('"Wave of Web"', '"Wave of App"'),
        "waves[1].protectionGroups": ('["Web"]', '["App"]'),
    }
    assert report["onlyHere"] == {
        "accounts": {"count": 2, "names": [f"{EAST} Shop East", f"{WEST} Shop West"]},
        "stagingAccounts": {"count": 0, "names": []},
        "settings": {"count": 0, "names": []},
        "groups": {"count": 1, "names": ["Web"]},
        "serverSettings": {"count": 0, "names": []},
        "plans": {"count": 0, "names": []},
    }
    assert run_import(changed)["counts"] == {"DONE": 4}
    assert run_import(changed, dry_run=True)["counts"] == {"UNCHANGED": 4}


def test_every_mistake_of_a_document_is_named_and_nothing_is_imported(
    admin: RestClient, new_name: Make, sync: Make, empty: Make
) -> None:
    sync()
    taken = new_name()
    assert admin("POST", "/protection-groups", group(taken)).status == 201
    before = exported(admin)
    wrong = document(
        group("Fine"),
        {**group(taken), "region": "us-west-2"},
        {**group("Elsewhere"), "accountId": "999999999999"},
        group("Hosts", hostnames=["shop-web-1", "shop-web-99"]),
        {**group("Both"), "sourceServerIds": ["s-1"]},
        group("Impact", impactLevels={"shop-web-1": "OPTIONAL", "nowhere": "OPTIONAL"}),
        plans=(
            plan("Cycle", "Fine", "Hosts")
            | {
                "waves": [
                    {"name": "a", "protectionGroups": ["fine"], "dependsOn": [2]},
                    {"name": "b", "protectionGroups": ["Hosts"], "dependsOn": [1]},
                ]
            },
            plan("Missing", "Fina", "Fine", "FINE", schedule={"cron": "x"}),
        ),
    )
    answer = admin("POST", "/config/import", {"document": wrong})
    assert answer.status == 400
    found = answer.problems
    assert list(found) == [
        "document.groups[1].region",
        "document.groups[2].accountId",
        "document.groups[3].hostnames[1]",
        "document.groups[4].sourceServerIds",
        "document.groups[4].sourceServerIds[0]",
        "document.groups[5].impactLevels.nowhere",
        "document.plans[0].waves",
        "document.plans[1].waves[0].protectionGroups[0]",
        "document.plans[1].waves[2].protectionGroups[0]",
        "document.plans[1].schedule.cron",
    ]
    assert f"has {REGION_OF[EAST]}, which cannot be changed" in found["document.groups[1].region"]
    assert "the servers there are shop-app-1" in found["document.groups[3].hostnames[1]"]
    assert "the protection group 'Fina' does not exist" in found["document.plans[1].waves[0].protectionGroups[0]"]
    assert "'Fine' is already in wave 2" in found["document.plans[1].waves[2].protectionGroups[0]"]
    assert exported(admin) == before


def test_names_that_look_alike_are_one_name_or_refused(admin: RestClient, empty: Make, run_import: Make) -> None:
    twice = document(group("Shop web"), group("\uff33hop\u00a0 WEB"), group("Sh\u043ep"))
    found = admin("POST", "/config/import", {"document": twice}).problems
    assert "groups[0] has the name 'Shop web'" in found["document.groups[1].name"]
    assert "mixes Cyrillic and Latin" in admin("POST", "/protection-groups", group("Sh\u043ep")).problems["name"]
    run_import(document(group("Shop web", tags={"Only": "x"})))
    again = document(group(" Shop\u00a0web ", tags={"Only": "x"}), plans=(plan("P", "shop  web"),))
    assert outcomes(run_import(again)) == [("Shop web", "NONE", "UNCHANGED"), ("P", "CREATE", "DONE")]


def test_a_field_given_twice_is_refused_with_its_path(admin: RestClient) -> None:
    body = b'{"document": {"schemaVersion": 1, "groups": [{"name": "A", "name": "B", "tags": {"a": "1", "a": "2"}}]}}'
    answer = admin("POST", "/config/import", body)
    assert answer.status == 400
    twice = "is given twice in one object; give it once"
    assert answer.problems == {"document.groups[0].name": twice, "document.groups[0].tags.a": twice}


def test_a_document_of_more_than_a_megabyte_is_refused(admin: RestClient, empty: Make) -> None:
    groups = [group(f"G {number}", description="x" * 900) for number in range(1_200)]
    answer = admin("POST", "/config/import", {"document": document(*groups)})
    assert (answer.status, answer.error) == (413, "TooLarge")
    assert set(read(exported(admin))) == {"schemaVersion", "accounts"}


def test_hostnames_are_servers_of_the_inventory(
    admin: RestClient, cloud: LocalCloud, sync: Make, new_servers: Make, empty: Make, run_import: Make
) -> None:
    [server_id] = new_servers()
    twin = new_servers(1)[0]
    sync()
    hostname = {
        server["sourceServerId"]: server["hostname"]
        for server in admin.all_items("/drs/source-servers", accountId=EAST, region=REGION_OF[EAST])
    }
    content = group(
        "Web", hostnames=[hostname[server_id]], sourceServerIds=[twin], impactLevels={hostname[server_id]: "OPTIONAL"}
    )
    run_import(document(content))
    [made] = admin.get("/protection-groups").body["items"]
    assert set(made["sourceServerIds"]) == {server_id, twin}
    assert made["impactLevels"] == {server_id: "OPTIONAL"}
    assert run_import(document(content))["counts"] == {"UNCHANGED": 1}


def test_a_hostname_of_two_servers_is_refused_with_their_ids(
    admin: RestClient, cloud: LocalCloud, sync: Make, new_name: Make, empty: Make
) -> None:
    hostname = f"twins-{new_name()}"
    ids = sorted(
        cloud.emulator.add_source_server(EAST, REGION_OF[EAST], hostname=hostname, replication_state="STOPPED")
        for _ in range(2)
    )
    sync()
    content = document(group("Web", hostnames=[hostname]))
    content["serverSettings"] = [{"protectionGroup": "Web", "server": hostname, "settings": {}}]
    refused = admin("POST", "/config/import", {"document": content})
    wanted = f"is the hostname of 2 source servers in {EAST}/{REGION_OF[EAST]}: {', '.join(ids)}; use their ids instead"
    assert refused.problems == {
        "document.groups[0].hostnames[0]": wanted,
        "document.serverSettings[0].server": wanted,
    }


def test_one_entry_that_fails_does_not_stop_the_others(
    admin: RestClient, new_servers: Make, empty: Make, run_import: Make
) -> None:
    [server] = new_servers()
    gone = "s-0000000000000dead"
    report = run_import(
        document(
            group("Gone", sourceServerIds=[gone]),
            group("Fine", sourceServerIds=[server]),
            plans=(plan("Needs it", "Gone"), plan("Does not", "Fine")),
        )
    )
    assert outcomes(report) == [
        ("Gone", "CREATE", "FAILED"),
        ("Fine", "CREATE", "DONE"),
        ("Needs it", "CREATE", "FAILED"),
        ("Does not", "CREATE", "DONE"),
    ]
    failed, _, dependent, _ = report["items"]
    assert failed["code"] == "InvalidRequest"
    assert [problem["field"] for problem in failed["problems"]] == ["groups[0].sourceServerIds[0]"]
    assert "needs the protection group 'Gone'" in dependent["reason"]
    assert [item["plan"]["name"] for item in admin.get("/recovery-plans").body["items"]] == ["Does not"]


def test_a_server_that_moves_to_another_group_is_moved(new_servers: Make, empty: Make, run_import: Make) -> None:
    first, second, third = new_servers(3)
    run_import(document(group("A", sourceServerIds=[first]), group("B", sourceServerIds=[second, third])))
    moved = document(group("A", sourceServerIds=[first, second]), group("B", sourceServerIds=[third]))
    assert run_import(moved)["counts"] == {"DONE": 2}
    assert run_import(moved)["counts"] == {"UNCHANGED": 2}


def test_what_another_person_changed_meanwhile_is_not_overwritten(
    admin: RestClient, cloud: LocalCloud, empty: Make, run_import: Make
) -> None:
    run_import(document(group("A"), group("B")))
    [a, _] = admin.get("/protection-groups").body["items"]
    saves: list[int] = []

    def has_compared(call: AwsCall, function: str | None) -> bool:
        """By the entry in the audit log that comes before the first change."""
        is_entry = (call.operation, function) == ("PutItem", MANAGEMENT)
        return is_entry and call.params["Item"]["operation"]["S"] == "update_protection_group"

    def edit(_: AwsCall) -> None:
        content = {name: a[name] for name in ("name", "tags", "version")}
        saves.append(admin("PUT", f"/protection-groups/{a['groupId']}", {**content, "description": "by hand"}).status)

    with before_the_first(cloud, has_compared, edit):
        report = run_import(document(group("A", description="by file"), group("B", description="by file")))
    assert saves == [200]
    assert [(item["outcome"], item["code"]) for item in report["items"]] == [("FAILED", "StaleVersion"), ("DONE", "")]
    assert [item["description"] for item in admin.get("/protection-groups").body["items"]] == ["by hand", "by file"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_import_that_dies_is_finished_by_the_next_one(
    admin: RestClient, cloud: LocalCloud, empty: Make, run_import: Make, when: str
) -> None:
    wanted = document(group("A"), group("B"), plans=(plan("P", "A"), plan("Q", "B")))
    for nth in range(1, 5):
        empty()
        write = Crash(function="data-management-handler", service="dynamodb", operation="TransactWriteItems")
        cloud.runtime.crashes.add(replace(write, when=when, nth=nth))
        assert admin("POST", "/config/import", {"document": wanted}).status == 504
        assert not cloud.runtime.crashes.pending
        done = nth if when == "after" else nth - 1
        counts = run_import(wanted)["counts"]
        assert counts == {outcome: count for outcome, count in (("UNCHANGED", done), ("DONE", 4 - done)) if count}
        assert run_import(wanted)["counts"] == {"UNCHANGED": 4}
        assert read(exported(admin))["plans"] == [
            {"name": "P", "waves": [{"name": "Wave of A", "protectionGroups": ["A"]}]},
            {"name": "Q", "waves": [{"name": "Wave of B", "protectionGroups": ["B"]}]},
        ]


def test_each_change_is_audited_as_the_operation_that_it_is(admin: RestClient, empty: Make) -> None:
    wanted = document(group("A"), plans=(plan("P", "A"),))
    answer = admin("POST", "/config/import", {"document": wanted})
    entries = {entry.operation: entry for entry in audit_entries(request_id_of(answer))}
    assert set(entries) == {"import_configuration", "create_protection_group", "create_recovery_plan"}
    assert {entry.status_code for entry in entries.values()} == {200, 201}
    assert json.loads(entries["create_protection_group"].parameters)["name"] == "A"


@pytest.mark.parametrize("role", ["DRSPlanManager", "DRSOperator", "DRSReadOnly", "DRSAuditor"])
def test_export_and_import_have_permissions_of_their_own(signed_in: Make, role: str) -> None:
    client = signed_in(role)
    assert client.get("/config/export").status == 403
    assert client("POST", "/config/import", {"document": document(), "dryRun": True}).status == 403


def test_one_plan_is_exported_with_its_groups(admin: RestClient, empty: Make, run_import: Make) -> None:
    run_import(document(group("A"), group("B"), plans=(plan("P", "A"), plan("Q", "B"))))
    ids = {item["plan"]["name"]: item["plan"]["planId"] for item in admin.get("/recovery-plans").body["items"]}
    found = read(exported(admin, planId=ids["Q"]))
    assert ([each["name"] for each in found["groups"]], [each["name"] for each in found["plans"]]) == (["B"], ["Q"])
    assert admin.get("/config/export", planId="plan-unknown").status == 404


def test_an_export_that_could_not_be_imported_is_refused_with_a_way(
    admin: RestClient, empty: Make, run_import: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_import(document(group("A", description="x" * 500)))
    monkeypatch.setattr("chalicelib.query.configuration.MAX_DOCUMENT_BYTES", 400)
    refused = admin.get("/config/export")
    assert refused.status == 422
    assert "give planId" in refused.body["error"]["message"]


def test_an_import_ends_in_time_and_says_what_it_has_not_reached(
    invoke: Make, admin: RestClient, empty: Make, run_import: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = document(group("A"), plans=(plan("P", "A"),))
    monkeypatch.setattr(configuration, "_REST_TIME", configuration._REST_TIME * 0)
    assert outcomes(run_import(wanted)) == [("A", "CREATE", "NOT_REACHED"), ("P", "CREATE", "NOT_REACHED")]
    direct = invoke("data-management-handler", "import_configuration", {"document": wanted})
    assert direct.body["counts"] == {"DONE": 2}


def test_an_entry_needs_the_permission_of_its_operation(cloud: LocalCloud) -> None:
    """As for a role that may import and may not change groups, of which there is none today."""
    call = a_call(cloud, "DRSReadOnly")
    for results in (preview([NEVER_RUN], call), carry_out([NEVER_RUN], call, lambda: True)):
        assert [(item.outcome, item.code) for item in results] == [(ImportOutcome.FAILED, "NotPermitted")]
    [entry] = audit_entries(call.request_id)
    assert (entry.operation, int(entry.status_code), entry.error_code) == (NEVER_RUN.operation, 403, "NotPermitted")


def test_an_entry_that_cannot_be_audited_is_not_carried_out(cloud: LocalCloud) -> None:
    with without_table(cloud, "audit-logs"):
        [result] = carry_out([NEVER_RUN], a_call(cloud, "DRSOrchestrationAdmin"), lambda: True)
    assert (result.outcome, result.code) == (ImportOutcome.FAILED, "Unavailable")
    assert "nothing was done" in result.reason


def a_call(cloud: LocalCloud, role: str) -> CallContext:
    person = Principal(PrincipalType.USER, "a person", groups=(role,), verified=True)
    now = datetime.now(UTC)
    hub = Hub("aws", cloud.hub_account, cloud.hub_region)
    return CallContext(str(uuid.uuid4()), person, InvocationMode.API_GATEWAY, lambda: now, now + timedelta(60), hub)


def never_run(_: Any) -> str:
    raise AssertionError("a change was carried out that must not be")


NEVER_RUN = Change(
    field="groups[0]",
    name="A",
    record_id="",
    before=None,
    after=GroupEntry(name="A", account_id=EAST, region=REGION_OF[EAST]),
    operation="create_protection_group",
    request=lambda: CreateProtectionGroup(name="A", account_id=EAST, region=REGION_OF[EAST]),
    run=never_run,
)
