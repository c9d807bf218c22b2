"""The sums of the page on costs follow from its prices, the schedules in the code, and the templates."""

import re
from collections import Counter
from typing import Any

import pytest

from tests.architecture.templates import ROOT, resources, template

PAGE = (ROOT / "docs/costs.md").read_text()
MINUTES = 30 * 24 * 60
SOURCES = "\n".join((ROOT / f"chalicelib/functions/{name}.py").read_text() for name in ("schedules", "metrics"))
MOST_A_MONTH = 15
METRICS = 15
"""Metrics that a stage without accounts has; the log of `metrics` shows them."""


def prices() -> dict[str, float]:
    section = PAGE.partition("| unit | $ |")[2].partition("\n\n")[0]
    return {name: float(price) for name, price in re.findall(r"^\| (an? .*|[\d,]+ .*) \| ([\d.]+) \|$", section, re.M)}


def amounts(heading: str) -> dict[str, float]:
    """What → dollars, of the first table below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \|[^|]*\| \**([\d.]+)\** \|$", section, re.M)
    return {name.strip(): float(amount) for name, amount in rows}


def runs() -> Counter[int]:
    """Runs in a month → how many functions are run so often by their schedules."""
    rates = re.findall(r'schedule\("rate\((\d+) (minute|hour)s?\)"', SOURCES)
    return Counter(MINUTES // (int(number) * (60 if unit == "hour" else 1)) for number, unit in rates)


def unconditional(name: str, kind: str) -> int:
    return sum("Condition" not in entry for entry in resources(name, kind).values())


def idle() -> dict[str, float]:
    """What an idle stage costs, by the units that the page names."""
    price, often = prices(), runs()
    minute, five, ten, quarter, hour = (MINUTES // each for each in (1, 5, 10, 15, 60))
    scheduled = sum(times * functions for times, functions in often.items())
    calls = scheduled + minute
    writes = 14 * (scheduled - five) + 7 * five + 12 * five + 6 * (ten + 2 * quarter + hour)
    reads = 6 * minute + 30 * five
    asked = 18 * five + 3 * ten + 8 * quarter + 4 * hour
    keys = unconditional("data.yaml", "AWS::KMS::Key")
    return {
        "Lambda, calls": calls * price["a million calls of Lambda"] / 1e6,
        "Lambda, time": calls * 0.3 * price["a GB second of Lambda"],
        "DynamoDB, writes": writes * price["a million write units of DynamoDB"] / 1e6,
        "DynamoDB, reads": reads * price["a million read units of DynamoDB"] / 1e6,
        "CloudWatch, metrics": METRICS * price["a metric of CloudWatch"],
        "CloudWatch, alarms": unconditional("workflow.yaml", "AWS::CloudWatch::Alarm")
        * price["an alarm of CloudWatch"],
        "CloudWatch, dashboard": 0,
        "CloudWatch, logs": calls * 1.5e-6 * price["a GB of logs"],
        "KMS": keys * price["a key of KMS"] + asked * price["10,000 requests of KMS"] / 1e4,
        "S3": 2 * minute * price["1,000 puts or lists of S3"] / 1e3,
        "API Gateway, access logs": 0,
        "AWS WAF": unconditional("workflow.yaml", "AWS::WAFv2::WebACL") * price["a web ACL"],
    }


def test_the_schedules_are_those_of_the_arithmetic() -> None:
    assert runs() == {43_200: 1, 8_640: 4, 4_320: 1, 2_880: 2, 720: 1}


def test_an_idle_stage_costs_what_the_page_says_and_no_more_than_its_budget() -> None:
    computed = {name: round(amount, 2) for name, amount in idle().items()}
    computed["**sum**"] = round(sum(computed.values()), 2)
    assert amounts("A stage that does nothing") == computed
    assert computed["**sum**"] <= MOST_A_MONTH


def test_what_the_allowances_and_the_rotation_of_keys_change() -> None:
    total, costs, price = amounts("A stage that does nothing")["**sum**"], idle(), prices()
    free = costs["Lambda, calls"] + costs["Lambda, time"]
    free += 10 * price["a metric of CloudWatch"] + 10 * price["an alarm of CloudWatch"]
    assert f"take ${free:.2f} off it: **${total - free:.2f}**" in " ".join(PAGE.split())
    keys = [entry["Properties"] for entry in resources("data.yaml", "AWS::KMS::Key").values()]
    yearly = sum(key["EnableKeyRotation"] for key in keys) * price["a key of KMS"]
    for stated in (total + yearly, total + 2 * yearly, total + yearly - free, total + 2 * yearly - free):
        assert f"${stated:.2f}" in PAGE
    assert total + 2 * yearly <= MOST_A_MONTH


def test_the_firewall_costs_what_the_page_says() -> None:
    (acl,) = resources("workflow.yaml", "AWS::WAFv2::WebACL").values()
    price = prices()
    of_it = [
        entry
        for entry in template("workflow.yaml")["Resources"].values()
        if entry["Type"] == "AWS::CloudWatch::Alarm" and entry.get("Condition") == "HasFirewall"
    ]
    computed: dict[str, Any] = {
        "the web ACL": price["a web ACL"],
        "its rules": len(acl["Properties"]["Rules"]) * price["a rule of a web ACL"],
        "the alarm `too-many-requests`": len(of_it) * price["an alarm of CloudWatch"],
    }
    assert amounts("The firewall") == {**computed, "**sum**": pytest.approx(sum(computed.values()))}


def test_work_costs_what_the_page_says() -> None:
    price = prices()
    request = (
        price["a million requests of API Gateway"] / 1e6
        + price["a million calls of Lambda"] / 1e6
        + 0.1 * price["a GB second of Lambda"]
        + 7 * price["a million write units of DynamoDB"] / 1e6
        + 0.5e-6 * price["a GB of logs"]
    )
    place = 7 * price["a metric of CloudWatch"] + 20 * 8_640 * price["a million read units of DynamoDB"] / 1e6
    looks = 135 * 5
    work = looks * (3 * 0.2 * price["a GB second of Lambda"] + 12 * price["a million write units of DynamoDB"] / 1e6)
    drill = looks * 4 * price["1,000 state transitions"] / 1e3 + work
    section = PAGE.partition("\n## What work costs\n")[2]
    for name, amount in (
        ("a request of the API", f"{request:.5f}"),
        ("an account-Region", f"{place:.2f} a month"),
        ("a drill of 100 servers in 5 waves", f"{drill:.2f}"),
    ):
        assert re.search(rf"^\| {name} \| [^|]* \| {re.escape(amount)} \|$", section, re.M), (name, amount)
