"""Accounts, staging accounts, settings and launch settings of servers in exports and imports."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.calls.decoding import decode
from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import ROLE_PERMISSIONS, InvocationMode, Permission, Principal, PrincipalType
from chalicelib.management.importing import preview
from chalicelib.management.plans.configuration import _kinds
from chalicelib.operations.configuration import ImportConfiguration, ImportOutcome
from chalicelib.operations.table import OPERATIONS
from drs_emulator.documents import parse_document
from local.client_hooks import Crash
from local.cloud import LocalCloud
from tests.integration.conftest import EAST, REGION_OF, WEST, Answer, RestClient, audit_entries, request_id_of

Make = Callable[..., Any]
Document = dict[str, Any]

STAGING = "555566667777"
SETTINGS = {"launchDefaults": {"copyTags": True, "monitoring": None}, "tagSync": {"everyHours": 6}}


@pytest.fixture
def bare(admin: RestClient, cloud: LocalCloud, empty: Make) -> Iterator[Callable[[], None]]:
    """Empties the installation completely, before the test and whenever it is called; restores the accounts after."""

    def remove() -> None:
        empty()
        for account in list(admin.all_items("/accounts/targets")):
            url = f"/accounts/targets/{account['accountId']}"
            for staging in admin.get(f"{url}/staging-accounts").body["items"]:
                assert admin("DELETE", f"{url}/staging-accounts/{staging['stagingAccountId']}").status == 200
            assert admin("DELETE", url).status == 200
        for path, content in (
            ("/config/launch-defaults", {"settings": {}}),
            ("/config/tag-sync", {"enabled": True, "everyHours": 1}),
        ):
            version = admin.get(path).body["version"]
            assert admin("PUT", path, {**content, "version": version}).status == 200

    remove()
    yield remove
    remove()
    document = {"schemaVersion": 1, "accounts": accounts_of(cloud)}
    assert send(admin, document, externalIds=external_ids_of(cloud)).status == 200


def accounts_of(cloud: LocalCloud) -> list[Document]:
    return [
        {"accountId": account.account_id, "name": account.name, "regions": list(account.regions)}
        for account in cloud.world.accounts
    ]


def external_ids_of(cloud: LocalCloud) -> dict[str, str]:
    return {account.account_id: account.external_id for account in cloud.world.accounts}


def send(client: RestClient, document: Document, **beside: Any) -> Answer:
    return client("POST", "/config/import", {"document": document, **beside})


def imported(client: RestClient, document: Document, **beside: Any) -> Any:
    answer = send(client, document, **beside)
    assert answer.status == 200, answer.body
    return answer.body


def exported(client: RestClient, **parameters: str) -> str:
    return str(client.get("/config/export", **parameters).body["text"])


def read(text: str) -> Document:
    return dict(parse_document(text, Path("export")))


def outcomes(report: Any) -> list[tuple[str, str, str]]:
    return [(item["field"], item["action"], item["outcome"]) for item in report["items"]]


def everything(cloud: LocalCloud, server: str) -> Document:
    """A document with an entry of each kind; the server is in DRS."""
    return {
        "schemaVersion": 1,
        "accounts": accounts_of(cloud),
        "stagingAccounts": [{"accountId": EAST, "stagingAccountId": STAGING, "name": "Shop staging"}],
        "settings": SETTINGS,
        "groups": [
            {
                "name": "Data",
                "accountId": EAST,
                "region": REGION_OF[EAST],
                "sourceServerIds": [server],
                "launchDefaults": {"monitoring": True},
            }
        ],
        "serverSettings": [{"protectionGroup": "Data", "server": server, "settings": {"launchDisposition": "STOPPED"}}],
        "plans": [{"name": "Shop", "waves": [{"name": "Data", "protectionGroups": ["Data"]}]}],
    }


def test_everything_is_exported_and_imported_into_an_empty_installation_byte_for_byte(
    admin: RestClient, cloud: LocalCloud, bare: Make, new_servers: Make, sync: Make
) -> None:
    [server] = new_servers()
    imported(admin, {"schemaVersion": 1, "accounts": accounts_of(cloud)}, externalIds=external_ids_of(cloud))
    [tagged] = new_servers(Suite="by tags")
    sync()
    wanted = everything(cloud, server)
    wanted["groups"].append({**wanted["groups"][0], "name": "By tags", "tags": {"Suite": "by tags"}})
    del wanted["groups"][1]["sourceServerIds"]
    own = {
        "protectionGroup": "By tags",
        "server": tagged,
        "settings": {"monitoring": None, "tags": {"B": "1", "A": "2"}},
    }
    wanted["serverSettings"].append(own)
    assert imported(admin, wanted)["counts"] == {"UNCHANGED": 2, "DONE": 8}
    before = {text_format: exported(admin, format=text_format) for text_format in ("yaml", "json")}
    found = read(before["yaml"])
    assert list(found) == [
        "schemaVersion", "accounts", "stagingAccounts", "settings", "groups", "serverSettings", "plans",
    ]  # fmt: skip
    assert found["accounts"][0] == {
        "accountId": EAST, "name": "Shop East", "hasExternalId": True, "regions": ["us-east-1"],
    }  # fmt: skip
    assert (found["settings"], found["serverSettings"][0]) == (SETTINGS, own)
    for text in before.values():
        bare()
        first = imported(admin, read(text), externalIds=external_ids_of(cloud))
        # Which servers have a tag is known after the first sync of the new accounts.
        [waiting] = [item for item in first["items"] if item["outcome"] == "FAILED"]
        assert first["counts"] == {"DONE": 9, "FAILED": 1}
        assert "sync" in waiting["reason"], waiting
        sync()
        assert imported(admin, read(text))["counts"] == {"UNCHANGED": 9, "DONE": 1}
        assert {text_format: exported(admin, format=text_format) for text_format in ("yaml", "json")} == before
        assert imported(admin, read(text))["counts"] == {"UNCHANGED": 10}


def test_no_external_id_is_exported_answered_or_audited(admin: RestClient, cloud: LocalCloud, bare: Make) -> None:
    secret = external_ids_of(cloud)[EAST]
    document = {"schemaVersion": 1, "accounts": accounts_of(cloud)}
    answer = send(admin, document, externalIds=external_ids_of(cloud))
    assert answer.body["counts"] == {"DONE": 2}
    entries = audit_entries(request_id_of(answer))
    assert sorted(entry.operation for entry in entries) == [
        "import_configuration", "register_target_account", "register_target_account",
    ]  # fmt: skip
    for text in (json.dumps(answer.body), exported(admin), *(str(entry.parameters) for entry in entries)):
        assert secret not in text
    assert admin("POST", f"/accounts/targets/{EAST}/validate").body["usable"], "the account has the right external id"


def test_an_account_without_its_external_id_is_refused_with_the_remedy(
    admin: RestClient, cloud: LocalCloud, bare: Make
) -> None:
    document = {"schemaVersion": 1, "accounts": accounts_of(cloud)}
    for external_ids in ({}, {EAST: "short", WEST: ""}):
        refused = send(admin, document, externalIds=external_ids)
        assert list(refused.problems) == ["document.accounts[0].accountId", "document.accounts[1].accountId"]
        assert f"externalIds.{EAST}, and import again" in refused.problems["document.accounts[0].accountId"]
    stranger = send(admin, document, externalIds={**external_ids_of(cloud), "222233334440": "x" * 16})
    assert list(stranger.problems) == ["externalIds.222233334440"]
    assert admin.get("/accounts/targets").body["items"] == []


def test_a_registered_account_keeps_its_external_id(admin: RestClient, cloud: LocalCloud, bare: Make) -> None:
    document: Document = {"schemaVersion": 1, "accounts": accounts_of(cloud)}
    imported(admin, document, externalIds=external_ids_of(cloud))
    document["accounts"][0]["name"] = "Renamed"
    report = imported(admin, document, externalIds={EAST: "another-external-id-0001"})
    assert [item["differences"] for item in report["items"]] == [
        [{"field": "name", "removed": '"Shop East"', "added": '"Renamed"'}], [],
    ]  # fmt: skip
    assert admin("POST", f"/accounts/targets/{EAST}/validate").body["usable"]


def test_the_account_of_the_platform_needs_no_external_id(admin: RestClient, cloud: LocalCloud, bare: Make) -> None:
    hub = {"accountId": cloud.hub_account, "name": "Hub", "regions": ["us-east-2"]}
    with_secret = send(admin, {"schemaVersion": 1, "accounts": [{**hub, "hasExternalId": True}]})
    assert list(with_secret.problems) == ["document.accounts[0].hasExternalId"]
    assert imported(admin, {"schemaVersion": 1, "accounts": [hub]})["counts"] == {"DONE": 1}
    assert read(exported(admin))["accounts"] == [hub]


def test_accounts_that_exchange_names_in_a_row_are_renamed(admin: RestClient, cloud: LocalCloud, bare: Make) -> None:
    document: Document = {"schemaVersion": 1, "accounts": accounts_of(cloud)}
    imported(admin, document, externalIds=external_ids_of(cloud))
    document["accounts"][0]["name"], document["accounts"][1]["name"] = "Shop West", "Shop far west"
    assert imported(admin, document)["counts"] == {"DONE": 2}
    assert [account["name"] for account in read(exported(admin))["accounts"]] == ["Shop West", "Shop far west"]


def test_a_region_that_groups_use_stays_and_one_that_the_document_adds_can_be_used(
    admin: RestClient, cloud: LocalCloud, bare: Make
) -> None:
    document: Document = {"schemaVersion": 1, "accounts": accounts_of(cloud)}
    imported(admin, document, externalIds=external_ids_of(cloud))
    document["groups"] = [{"name": "Far", "accountId": EAST, "region": "eu-west-1", "tags": {"Only": "far"}}]
    assert list(send(admin, document).problems) == ["document.groups[0].region"]
    document["accounts"][0]["regions"] = ["us-east-1", "eu-west-1"]
    assert imported(admin, document)["counts"] == {"UNCHANGED": 1, "DONE": 2}
    document["accounts"][0]["regions"] = ["us-east-1"]
    del document["groups"]
    [item, _] = imported(admin, document)["items"]
    assert (item["outcome"], item["code"]) == ("FAILED", "InUse")


def test_mistakes_of_each_kind_are_named_and_nothing_is_imported(
    admin: RestClient, cloud: LocalCloud, bare: Make, new_servers: Make
) -> None:
    [server, other] = new_servers(2)
    imported(admin, everything(cloud, server), externalIds=external_ids_of(cloud))
    before = exported(admin)
    own = {"protectionGroup": "Data", "settings": {}}
    found = send(
        admin,
        {
            "schemaVersion": 1,
            "accounts": [{"accountId": "12", "name": "\u200b"}],
            "stagingAccounts": [
                {"accountId": EAST, "stagingAccountId": STAGING, "name": "Renamed"},
                {"accountId": EAST, "stagingAccountId": EAST},
                {"accountId": "999999999999", "stagingAccountId": "1"},
            ],
            "settings": {"launchDefaults": {"subnetId": "subnet-1"}},
            "serverSettings": [
                {**own, "protectionGroup": "Nowhere", "server": server},
                {**own, "server": other},
                {**own, "server": "no-such-host"},
                {**own, "server": server},
                {**own, "server": server},
            ],
        },
    ).problems
    assert [field.removeprefix("document.") for field in found] == [
        "accounts[0].name",
        "accounts[0].accountId",
        "accounts[0].readRole",
        "accounts[0].operateRole",
        "stagingAccounts[0].name",
        "stagingAccounts[1].stagingAccountId",
        "stagingAccounts[2].accountId",
        "stagingAccounts[2].stagingAccountId",
        "settings.launchDefaults.subnetId",
        "serverSettings[0].protectionGroup",
        "serverSettings[1].server",
        "serverSettings[2].server",
        "serverSettings[4].server",
    ]
    assert exported(admin) == before


def test_what_is_there_twice_is_refused(admin: RestClient) -> None:
    account = {"accountId": EAST, "name": "A"}
    staging = {"accountId": EAST, "stagingAccountId": STAGING}
    document = {
        "schemaVersion": 1,
        "accounts": [account, {**account, "name": "B"}, {"accountId": WEST, "name": " a"}],
        "stagingAccounts": [staging, {**staging, "name": "B"}],
    }
    assert list(send(admin, document).problems) == [
        "document.accounts[1].accountId",
        "document.stagingAccounts[1].stagingAccountId",
        "document.accounts[2].name",
    ]


def test_settings_that_cannot_be_saved_fail_by_themselves_with_their_field(
    admin: RestClient, cloud: LocalCloud, bare: Make, new_servers: Make
) -> None:
    [server] = new_servers()
    document = everything(cloud, server)
    document["serverSettings"][0]["settings"] = {"staticPrivateIp": "8.8.8.8", "subnetId": "subnet-1"}
    report = imported(admin, document, externalIds=external_ids_of(cloud))
    [failed] = [item for item in report["items"] if item["outcome"] == "FAILED"]
    assert (failed["name"], failed["code"]) == (f"Data: {server}", "InvalidRequest")
    assert [problem["field"] for problem in failed["problems"]] == ["serverSettings[0].settings.staticPrivateIp"]
    assert report["counts"] == {"DONE": 7, "FAILED": 1}


def test_servers_of_own_settings_may_be_named_by_hostname_and_settings_may_be_removed(
    admin: RestClient, cloud: LocalCloud, bare: Make, new_servers: Make, sync: Make
) -> None:
    [server] = new_servers()
    document = everything(cloud, server)
    imported(admin, document, externalIds=external_ids_of(cloud))
    sync()
    hostname = next(
        each["hostname"]
        for each in admin.all_items("/drs/source-servers", accountId=EAST, region=REGION_OF[EAST])
        if each["sourceServerId"] == server
    )
    document["serverSettings"][0]["server"] = hostname
    assert imported(admin, document)["counts"] == {"UNCHANGED": 8}
    document["serverSettings"][0]["settings"] = {}
    assert ("serverSettings[0]", "UPDATE", "DONE") in outcomes(imported(admin, document))
    assert "serverSettings" not in read(exported(admin))
    assert imported(admin, document)["counts"] == {"UNCHANGED": 8}


def test_a_dry_run_into_an_empty_installation_plans_everything(
    admin: RestClient, cloud: LocalCloud, bare: Make, new_servers: Make
) -> None:
    document = everything(cloud, new_servers()[0])
    before = exported(admin)
    report = imported(admin, document, dryRun=True, externalIds=external_ids_of(cloud))
    assert outcomes(report) == [
        ("accounts[0]", "CREATE", "PLANNED"),
        ("accounts[1]", "CREATE", "PLANNED"),
        ("stagingAccounts[0]", "CREATE", "PLANNED"),
        ("settings.launchDefaults", "UPDATE", "PLANNED"),
        ("settings.tagSync", "UPDATE", "PLANNED"),
        ("groups[0]", "CREATE", "PLANNED"),
        ("serverSettings[0]", "CREATE", "PLANNED"),
        ("plans[0]", "CREATE", "PLANNED"),
    ]
    assert exported(admin) == before


def test_records_that_the_document_does_not_have_are_listed(
    admin: RestClient, cloud: LocalCloud, bare: Make, new_servers: Make
) -> None:
    imported(admin, everything(cloud, new_servers()[0]), externalIds=external_ids_of(cloud))
    only_here = imported(admin, {"schemaVersion": 1}, dryRun=True)["onlyHere"]
    assert {kind: found["names"] for kind, found in only_here.items()} == {
        "accounts": [f"{EAST} Shop East", f"{WEST} Shop West"],
        "stagingAccounts": [f"{EAST}/{STAGING}"],
        "settings": ["launchDefaults", "tagSync"],
        "groups": ["Data"],
        "serverSettings": [],
        "plans": ["Shop"],
    }


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("write", "nth", "done"),
    [
        ("TransactWriteItems", 2, 1),  # the second account
        ("TransactWriteItems", 3, 2),  # the staging account
        ("PutItem", 9, 3),  # the launch settings that all groups inherit; other PutItems open and close audit entries
        ("PutItem", 12, 4),  # the settings of the sync of tags
        ("TransactWriteItems", 5, 6),  # the server's own settings
    ],
)
def test_an_import_that_dies_at_a_write_of_any_kind_is_finished_by_the_next_one(
    admin: RestClient, cloud: LocalCloud, bare: Make, new_servers: Make, when: str, write: str, nth: int, done: int
) -> None:
    document, secrets = everything(cloud, new_servers()[0]), external_ids_of(cloud)
    crash = Crash(function="data-management-handler", service="dynamodb", operation=write)
    cloud.runtime.crashes.add(replace(crash, when=when, nth=nth))
    assert send(admin, document, externalIds=secrets).status == 504
    assert not cloud.runtime.crashes.pending
    done += when == "after"
    assert imported(admin, document, externalIds=secrets)["counts"] == {"UNCHANGED": done, "DONE": 8 - done}
    assert imported(admin, document)["counts"] == {"UNCHANGED": 8}


@pytest.mark.parametrize("role", list(ROLE_PERMISSIONS))
def test_no_role_gains_by_an_import_what_it_may_not_write_by_rest(
    cloud: LocalCloud, bare: Make, new_servers: Make, role: str
) -> None:
    """As if every role might import, which only two may."""
    body = {"document": everything(cloud, new_servers()[0]), "externalIds": external_ids_of(cloud)}
    request = decode(ImportConfiguration, body)
    person = Principal(PrincipalType.USER, "a person", groups=(role,), verified=True)
    now = datetime.now(UTC)
    hub = Hub("aws", cloud.hub_account, cloud.hub_region)
    call = CallContext(str(uuid.uuid4()), person, InvocationMode.API_GATEWAY, lambda: now, now + timedelta(60), hub)
    needed = {
        "accounts": Permission.MANAGE_ACCOUNTS,
        "stagingAccounts": Permission.MANAGE_ACCOUNTS,
        "settings": Permission.MANAGE_SETTINGS,
        "groups": Permission.CREATE_GROUPS,
        "serverSettings": Permission.MODIFY_GROUPS,
        "plans": Permission.CREATE_PLANS,
    }
    for kind in _kinds(request.document, call, request.external_ids):
        changes = kind.changes()
        assert {OPERATIONS[change.operation].permission for change in changes} == {needed[kind.field]}
        outcome = ImportOutcome.PLANNED if needed[kind.field] in ROLE_PERMISSIONS[role] else ImportOutcome.FAILED
        assert {item.outcome for item in preview(changes, call)} == {outcome}


def test_a_recovery_manager_imports_groups_and_plans_and_neither_accounts_nor_settings(
    admin: RestClient, signed_in: Make, cloud: LocalCloud, bare: Make, new_servers: Make
) -> None:
    document = everything(cloud, new_servers()[0])
    imported(admin, {"schemaVersion": 1, "accounts": accounts_of(cloud)}, externalIds=external_ids_of(cloud))
    document["accounts"][0]["name"] = "Taken over"
    report = imported(signed_in("DRSRecoveryManager"), document)
    assert {item["field"]: item["code"] for item in report["items"] if item["outcome"] != "DONE"} == {
        "accounts[0]": "NotPermitted",
        "accounts[1]": "",
        "stagingAccounts[0]": "NotPermitted",
        "settings.launchDefaults": "NotPermitted",
        "settings.tagSync": "NotPermitted",
    }
    assert set(read(exported(admin))) == {"schemaVersion", "accounts", "groups", "serverSettings", "plans"}
    assert read(exported(admin))["accounts"][0]["name"] == "Shop East"


def test_one_plan_is_exported_with_the_settings_of_its_servers_and_no_account(
    admin: RestClient, cloud: LocalCloud, bare: Make, new_servers: Make
) -> None:
    imported(admin, everything(cloud, new_servers()[0]), externalIds=external_ids_of(cloud))
    [plan] = [item["plan"]["planId"] for item in admin.get("/recovery-plans").body["items"]]
    assert set(read(exported(admin, planId=plan))) == {"schemaVersion", "groups", "serverSettings", "plans"}
