"""``python -m drs_plans simulate``: a file is played without an installation, and mistakes have their line."""

import json
from pathlib import Path

import pytest

from drs_plans.cli import main

FILE = """schemaVersion: 1
groups:
  - {name: Data, accountId: "222233334444", region: us-east-1, tags: {Tier: data}}
  - {name: Web, accountId: "222233334444", region: us-east-1, sourceServerIds: [s-1, s-2]}
plans:
  - name: Shop
    rtoMinutes: 60
    waves:
      - {name: data, protectionGroups: [Data]}
      - {name: web, protectionGroups: [Web], delaySeconds: 600}
"""


def simulated(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, *options: str) -> tuple[int, str, str]:
    file = tmp_path / "dr.yaml"
    file.write_text(text)
    code = main(["simulate", str(file), "--runs", "10", *options])
    printed = capsys.readouterr()
    return code, printed.out, printed.err.replace(f"{file}: ", "")


def test_a_plan_that_fits_waits_for_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = simulated(tmp_path, capsys, FILE, "--json", "--windows-percent", "0")
    (shop,) = json.loads(out)
    assert (code, shop["plan"], shop["servers"], shop["runs"]) == (0, "Shop", 22, 10)
    assert 540 + 600 + 540 < shop["p50Seconds"] <= shop["p90Seconds"] <= shop["longestSeconds"]
    assert shop["p50Seconds"] == pytest.approx(shop["lowerBoundSeconds"], rel=0.1)
    assert (shop["queuedSeconds"], shop["boundByServersPercent"], shop["boundByJobsPercent"]) == ({}, 0, 0)
    assert simulated(tmp_path, capsys, FILE, "--json", "--windows-percent", "0")[1] == out, "it can be repeated"


def test_it_says_which_quota_binds_and_which_wave_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = simulated(tmp_path, capsys, FILE, "--servers-by-tags", "900")
    assert code == 0
    assert "Shop: 902 servers in 2 waves, 10 runs" in out
    assert "RTO            60 min, met in 0 % of the runs" in out
    assert "waits          wave 1 'data': " in out
    assert "20 jobs 0 %" in out


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("[Web]", "[Wep]", "(line 10): the group 'Wep' is not in the file"),
        (
            "delaySeconds: 600",
            "delaySeconds: soon",
            "plans[0].waves[1].delaySeconds (line 10): must be a number, 0 or more",
        ),
        ("delaySeconds: 600", "dependsOn: [3]", "dependsOn (line 10): must be a list of wave numbers from 1 to 2"),
        ("delaySeconds: 600", "dependsOn: [2]", "depend on each other in a cycle"),
        ("protectionGroups: [Data]", "protectionGroups: Data", "(line 9): must be a list of names of groups"),
        ("plans:", "planz:", "has no plans to simulate"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str, right: str, message: str
) -> None:
    code, out, err = simulated(tmp_path, capsys, FILE.replace(wrong, right))
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("option", [("--runs", "0"), ("--windows-percent", "101"), ("--servers-by-tags", "many")])
def test_numbers_out_of_bounds_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        simulated(tmp_path, capsys, FILE, *option)
    assert ended.value.code == 2
    assert "must be a whole number from" in capsys.readouterr().err
