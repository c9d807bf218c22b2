"""Documents of configuration: one form for each content, text that reads back, and differences."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import asdict

from chalicelib.calls.decoding import decode
from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.estate.accounts import TargetAccount, own_role_arns
from chalicelib.domain.estate.configuration import (
    AccountEntry,
    ServerSettingsEntry,
    SettingsEntry,
    StagingAccountEntry,
    account_entry,
    normal_staging_account,
    staging_account_entry,
)
from chalicelib.domain.estate.groups import GroupContent, Impact, ProtectionGroup
from chalicelib.domain.estate.launch_settings import LaunchSettings, Licensing
from chalicelib.domain.estate.staging import StagingAccount
from chalicelib.domain.estate.tag_sync import TagSyncSettings
from chalicelib.domain.plans.configuration import (
    ConfigurationDocument,
    GroupEntry,
    PlanEntry,
    WaveEntry,
    document_problems,
    document_value,
    group_entry,
    normal_plan,
    plan_entry,
    with_plain_names,
)
from chalicelib.domain.plans.differences import Difference, differences
from chalicelib.domain.plans.plans import OnFailure, PlanContent, RecoveryPlan, WaveContent
from chalicelib.domain.plans.steps import HttpProbe, InvokeLambda, SsmCommand
from chalicelib.domain.plans.yaml_text import to_yaml
from chalicelib.domain.text import name_key, plain_name
from chalicelib.operations.configuration import ImportConfiguration
from chalicelib.operations.declaration import Nothing
from chalicelib.query.configuration import get_configuration_schema
from drs_emulator.documents import parse_document
from tests.unit.domain.records import NOON

CALL: Any = CallContext
VALIDATOR = jsonschema.Draft202012Validator(get_configuration_schema(Nothing(), CALL))
FILE = Path("plans.yaml")

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30) | st.sampled_from(
    [
        "no",
        "null",
        "1e3",
        "0x1f",
        "1:30",
        "- a",
        "a: b",
        "a #b",
        "*a",
        "&a",
        "!a",
        "@a",
        "'a'",
        '"a"',
        " a ",
        "\u2028",
        "",
    ]
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)
names = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=20)
steps = st.builds(HttpProbe, name=names, url=st.just("https://shop.example.com")) | st.builds(
    InvokeLambda, name=names, function=st.just("dr-step-dns"), payload=st.dictionaries(names, st.integers(0, 9))
)

regions = st.lists(st.sampled_from(["us-east-1", "eu-west-1"]), unique=True).map(lambda found: tuple(sorted(found)))
launch_settings = st.builds(
    LaunchSettings,
    copy_tags=st.sampled_from([UNSET, None, True]),
    instance_type=st.sampled_from([UNSET, None, "m5.large"]),
    licensing=st.sampled_from([UNSET, None, Licensing(True)]),
    tags=st.just(UNSET) | st.none() | st.dictionaries(names, names, max_size=3),
)
tag_sync = st.just(UNSET) | st.builds(TagSyncSettings, enabled=st.booleans(), every_hours=st.integers(1, 24))


def key_of(name: str) -> str:
    return name_key(plain_name(name))


@st.composite
def documents(draw: st.DrawFn) -> ConfigurationDocument:
    """Documents that hold to the rules: unique names, and plans of groups that exist."""
    group_names = draw(st.lists(names, min_size=1, max_size=5, unique_by=key_of))
    groups = [
        draw(
            st.builds(
                GroupEntry,
                name=st.just(name),
                account_id=st.just("222233334444"),
                region=st.just("us-east-1"),
                description=texts,
                tags=st.dictionaries(names, names, min_size=1, max_size=3),
                impact_levels=st.dictionaries(names, st.sampled_from(Impact), max_size=3),
            )
        )
        for name in group_names
    ]
    waves = st.builds(
        WaveEntry,
        name=names,
        group_ids=st.lists(st.sampled_from(group_names), min_size=1, max_size=2, unique=True).map(tuple),
        depends_on=st.none() | st.just(()),
        on_failure=st.sampled_from(OnFailure),
        delay_seconds=st.integers(0, 90),
        pre_actions=st.lists(steps, max_size=2).map(tuple),
    )
    plans = st.builds(
        PlanEntry,
        name=names,
        waves=st.lists(waves, min_size=1, max_size=4).map(tuple),
        rto_minutes=st.none() | st.integers(1, 90),
        timeout_minutes=st.none() | st.integers(1, 90),
    )
    found = draw(st.lists(plans, max_size=3, unique_by=lambda plan: key_of(plan.name)))
    numbers = st.text("0123456789", min_size=12, max_size=12)
    accounts = st.builds(AccountEntry, account_id=numbers, name=names, has_external_id=st.booleans(), regions=regions)
    staging = st.builds(StagingAccountEntry, account_id=numbers, staging_account_id=numbers, name=names)
    own = st.builds(ServerSettingsEntry, group=st.sampled_from(group_names), server=names, settings=launch_settings)
    return with_plain_names(
        ConfigurationDocument(
            schema_version=1,
            accounts=tuple(draw(st.lists(accounts, max_size=3))),
            staging_accounts=tuple(draw(st.lists(staging, max_size=3))),
            settings=draw(st.builds(SettingsEntry, launch_defaults=launch_settings, tag_sync=tag_sync)),
            groups=tuple(groups),
            server_settings=tuple(draw(st.lists(own, max_size=3))),
            plans=tuple(found),
        )
    )


@given(st.dictionaries(texts, json_values, min_size=1, max_size=5))
def test_yaml_reads_back_as_what_was_written(value: dict[str, Any]) -> None:
    text = to_yaml(value)
    assert dict(parse_document(text, FILE)) == value
    assert yaml.safe_load(text) == value, "readers of YAML 1.1 take it for the same"


def test_a_change_of_one_value_is_a_change_of_one_line() -> None:
    value = {
        "name": "Shop",
        "waves": [{"name": "data", "dependsOn": []}, {"name": "web", "protectionGroups": ["A", "B"]}],
    }
    before = to_yaml(value).splitlines()
    assert before == [
        "name: Shop",
        "waves:",
        "  - name: data",
        "    dependsOn: []",
        "  - name: web",
        "    protectionGroups:",
        "      - A",
        "      - B",
    ]


@settings(max_examples=20)
@given(documents())
def test_a_document_reads_back_and_its_text_stays_the_same(document: ConfigurationDocument) -> None:
    value = document_value(document)
    for text in (to_yaml(value), json.dumps(value)):
        read = decode(ConfigurationDocument, parse_document(text, FILE))
        assert document_value(read) == value
        assert to_yaml(document_value(read)) == to_yaml(value)


def test_the_published_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(get_configuration_schema(Nothing(), CALL))


@settings(max_examples=20)
@given(documents())
def test_the_published_schema_describes_every_document(document: ConfigurationDocument) -> None:
    VALIDATOR.validate(document_value(document))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"schemaVersion": 2}, "schemaVersion"),
        ({"schemaVersion": "1"}, "schemaVersion"),
        ({"plan": {}}, "plan"),
        ({"groups": [{"name": "A", "accountId": "1", "region": "r", "zone": "a"}]}, "groups[0].zone"),
        ({"groups": [{"name": "A", "region": "r"}]}, "groups[0].accountId"),
        ({"accounts": [{"accountId": "1", "name": "A", "externalId": "x" * 20}]}, "accounts[0].externalId"),
        ({"accounts": [{"accountId": 222233334444, "name": "A"}]}, "accounts[0].accountId"),
        ({"stagingAccounts": [{"accountId": "1"}]}, "stagingAccounts[0].stagingAccountId"),
        ({"settings": {"tagSync": {"everyHours": 25}}}, "settings.tagSync.everyHours"),
        ({"settings": {"tagSync": None}}, "settings.tagSync"),
        ({"settings": {"launchDefaults": {"imageId": "ami-1"}}}, "settings.launchDefaults.imageId"),
        ({"serverSettings": [{"protectionGroup": "A", "server": "s"}]}, "serverSettings[0].settings"),
        (
            {"plans": [{"name": "P", "waves": [{"name": "w", "protectionGroups": "A"}]}]},
            "plans[0].waves[0].protectionGroups",
        ),
    ],
)
def test_the_schema_and_the_import_refuse_the_same(changed: dict[str, Any], field: str) -> None:
    document = {"schemaVersion": 1, "groups": [], "plans": [], **changed}
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)
    with pytest.raises(InvalidRequest) as refused:
        decode(ImportConfiguration, {"document": document})
    assert [problem.field for problem in refused.value.problems] == [f"document.{field}"]


def test_an_external_id_in_a_document_is_refused_with_the_place_where_it_belongs() -> None:
    account = {"accountId": "222233334444", "name": "A", "externalId": "example-external-id-0001"}
    with pytest.raises(InvalidRequest) as refused:
        decode(ConfigurationDocument, {"schemaVersion": 1, "accounts": [account]})
    [problem] = refused.value.problems
    assert "beside the document in externalIds" in problem.message
    assert "example" not in problem.message


@pytest.mark.parametrize("version", [0, 2, "1", None, 1.5])
def test_another_schema_version_is_refused_with_the_expected_one(version: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode(ConfigurationDocument, {"schemaVersion": version})
    [problem] = refused.value.problems
    assert problem.message.startswith("must be 1, the schema version of this installation")


@settings(max_examples=40)
@given(documents())
def test_the_normal_form_of_a_plan_is_a_fixed_point(document: ConfigurationDocument) -> None:
    for plan in document.plans:
        ids = {name_key(name): name for name in plan.group_names}
        once = normal_plan(plan.content(ids), {name: name for name in plan.group_names})
        assert normal_plan(once.content(ids), {name: name for name in plan.group_names}) == once


@settings(max_examples=40)
@given(documents())
def test_what_was_saved_from_a_document_is_exported_as_that_document(document: ConfigurationDocument) -> None:
    saved: dict[str, Any] = {"version": 1, "created_at": NOON, "created_by": "a", "updated_at": NOON, "updated_by": "a"}
    groups, plans = {}, []
    for number, entry in enumerate(document.groups):
        place: dict[str, Any] = {"account_id": entry.account_id, "region": entry.region}
        groups[f"pg-{number}"] = ProtectionGroup(f"pg-{number}", **asdict(entry.content({})), **place, **saved)
    ids = {name_key(group.name): group_id for group_id, group in groups.items()}
    names = {group_id: group.name for group_id, group in groups.items()}
    for plan in document.plans:
        content = plan.content(ids)
        waves = tuple(wave.complete() for wave in content.waves)
        plans.append(RecoveryPlan(plan_id="plan-1", **{**asdict(content), "waves": waves}, **saved))
    exported = ConfigurationDocument(
        schema_version=1,
        groups=tuple(group_entry(group) for group in groups.values()),
        plans=tuple(plan_entry(plan, names) for plan in plans),
    )
    again = decode(ConfigurationDocument, parse_document(to_yaml(document_value(exported)), FILE))
    assert document_value(again) == document_value(exported)
    assert [group.with_content(group.content({})) for group in document.groups] == list(exported.groups)
    assert [normal_plan(plan.content(ids), names) for plan in document.plans] == list(exported.plans)


def test_waves_may_be_numbered_or_take_their_places() -> None:
    waves = (WaveEntry(name="web", group_ids=("A",), number=2), WaveEntry(name="data", group_ids=("B",), number=1))
    by_number = PlanEntry(name="P", waves=waves)
    by_place = PlanEntry(
        name=" P ",
        waves=(WaveEntry(name="data", group_ids=("B",)), WaveEntry(name="web", group_ids=("A",), depends_on=(1,))),
    )
    names = {"a": "A", "b": "B"}
    shown = {"A": "A", "B": "B"}
    assert normal_plan(by_number.content(names), shown) == normal_plan(by_place.content(names), shown)


def test_the_order_of_servers_and_the_default_impact_do_not_count() -> None:
    entry = GroupEntry(name="A", account_id="1", region="r", source_server_ids=("s-1",), hostnames=("web-2", "web-3"))
    ids = {"web-2": "s-0", "web-3": "s-3"}
    other = GroupEntry(
        name="A",
        account_id="1",
        region="r",
        source_server_ids=("s-3", "s-1", "s-0"),
        impact_levels={"s-1": Impact.CRITICAL},
    )
    assert entry.with_content(entry.content(ids)) == other.with_content(other.content({}))


def test_an_entry_has_every_field_that_the_api_has() -> None:
    assert set(GroupContent.__struct_fields__) <= set(GroupEntry.__struct_fields__)
    assert set(PlanContent.__struct_fields__) <= set(PlanEntry.__struct_fields__)
    assert set(WaveContent.__struct_fields__) <= set(WaveEntry.__struct_fields__)


def test_hostnames_are_in_the_list_of_servers_and_in_impact_levels() -> None:
    levels = {"s-0123456789abcdef0": Impact.OPTIONAL, "web-2": Impact.OPTIONAL, "web-3": Impact.OPTIONAL}
    entry = GroupEntry(name="A", account_id="1", region="r", hostnames=("web-2",), impact_levels=levels)
    assert entry.named_hosts == {"hostnames[0]": "web-2", "impactLevels.web-3": "web-3"}


def test_impact_levels_may_name_hostnames() -> None:
    entry = GroupEntry(
        name="A", account_id="1", region="r", hostnames=("web-2",), impact_levels={"web-2": Impact.OPTIONAL}
    )
    content = entry.content({"web-2": "s-2"})
    assert (content.source_server_ids, content.impact_levels) == (("s-2",), {"s-2": Impact.OPTIONAL})


def test_names_that_look_alike_are_refused_with_the_other_entry() -> None:
    groups = tuple(GroupEntry(name=name, account_id="1", region="r") for name in ("Shop", "Other", " SHOP "))
    plans = tuple(PlanEntry(name=name, waves=()) for name in ("Straße", "strasse"))
    found = document_problems(ConfigurationDocument(schema_version=1, groups=groups, plans=plans))
    assert [problem.field for problem in found] == ["groups[2].name", "plans[1].name"]
    assert "groups[0] has the name 'Shop', which is the same" in found[0].message


def test_a_server_in_two_groups_is_refused_with_the_other_group() -> None:
    groups = (
        GroupEntry(name="A", account_id="1", region="r", source_server_ids=("s-1",), hostnames=("web",)),
        GroupEntry(name="B", account_id="1", region="r", source_server_ids=("s-2", "s-1")),
        GroupEntry(name="C", account_id="2", region="r", source_server_ids=("s-1",), hostnames=("web",)),
        GroupEntry(name="D", account_id="1", region="r", hostnames=("web",)),
    )
    found = document_problems(ConfigurationDocument(schema_version=1, groups=groups))
    assert [problem.field for problem in found] == ["groups[1].sourceServerIds[1]", "groups[3].hostnames[0]"]
    assert "'s-1' is also in groups[0]" in found[0].message


@given(json_values, json_values)
def test_values_differ_where_there_is_a_difference(before: Any, after: Any) -> None:
    assert bool(list(differences(before, after))) == (before != after)


def test_differences_name_the_field_and_what_is_removed_and_added() -> None:
    before = {
        "tags": {"Tier": "web", "Old": "1"},
        "ids": ["a", "b"],
        "waves": [{"n": 1}, {"n": 2}],
        "groups": ["a", "b"],
    }
    after = {"tags": {"Tier": "app"}, "ids": ["b", "c"], "waves": [{"n": 3}], "groups": ["b", "a"]}
    assert list(differences(before, after)) == [
        Difference("tags.Tier", '"web"', '"app"'),
        Difference("tags.Old", '"1"', ""),
        Difference("ids", '["a"]', '["c"]'),
        Difference("waves[0].n", "1", "3"),
        Difference("waves[1]", '{"n":2}', ""),
        Difference("groups", '["a","b"]', '["b","a"]'),
    ]


def test_long_values_are_cut() -> None:
    [found] = differences({"commands": []}, {"commands": ["x" * 9_000]})
    assert (found.removed, len(found.added)) == ("", 200)


def test_defaults_are_left_out_and_what_differs_from_them_is_not() -> None:
    step = SsmCommand(name="Start", commands=("systemctl start shop",))
    plan = PlanEntry(
        name="P", timeout_minutes=None, waves=(WaveEntry(name="w", group_ids=("A",), post_actions=(step,)),)
    )
    assert document_value(ConfigurationDocument(schema_version=1, plans=(plan,)))["plans"] == [
        {
            "name": "P",
            "timeoutMinutes": None,
            "waves": [
                {
                    "name": "w",
                    "protectionGroups": ["A"],
                    "postActions": [{"type": "SSM_COMMAND", "name": "Start", "commands": ["systemctl start shop"]}],
                }
            ],
        }
    ]
    assert msgspec.json.encode(step)


def test_an_account_shows_only_roles_that_are_not_those_of_its_stack() -> None:
    hub = Hub("aws", "111122223333", "us-east-2")
    own = own_role_arns("222233334444", hub, "qa")
    account = TargetAccount("222233334444", "A", *own, external_id="x" * 16, regions=("us-west-2", "eu-west-1"))
    assert account_entry(account, own) == AccountEntry(
        account_id="222233334444", name="A", has_external_id=True, regions=("eu-west-1", "us-west-2")
    )
    elsewhere = msgspec.structs.replace(account, operate_role_arn="arn:aws-cn:iam::222233334444:role/other")
    assert account_entry(elsewhere, own).operate_role == "arn:aws-cn:iam::222233334444:role/other"
    assert own_role_arns("111122223333", hub, "qa") == ("", "")


def test_a_staging_account_without_a_name_of_its_own_shows_none() -> None:
    added = StagingAccount("222233334444", "555566667777", "555566667777", NOON, "a")
    assert staging_account_entry(added) == StagingAccountEntry(
        account_id="222233334444", staging_account_id="555566667777"
    )
    entry = StagingAccountEntry(account_id="222233334444", staging_account_id="555566667777", name=" Shop  1 ")
    assert normal_staging_account(entry).name == "Shop 1"
