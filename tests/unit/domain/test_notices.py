"""Notices: which events have one, their text, and that no secret is ever in it."""

import string

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.access.masking import MAX_MESSAGE, MAX_OUTPUT_BYTES, mask_message, mask_output
from chalicelib.domain.notices.notices import (
    MAX_SUBJECT,
    Notice,
    NoticeKind,
    attributes_of,
    estate_notice,
    notice_kind,
    notice_of,
    skipped_drill_notice,
    subject_of,
    text_of,
)
from chalicelib.domain.plans.plans import ScheduledDrill
from chalicelib.domain.runs.events import EventKind
from chalicelib.domain.runs.records import ExecutionStatus, Mode, TimelineEvent, WaveStatus
from tests.unit.domain.records import NOON, a_plan, an_execution

URL = "https://dr.example.com"
STATUSES = ["", *ExecutionStatus, *WaveStatus, *Mode]
NOTICES_OF_SYNCS = {NoticeKind.SYNC_FAILING, NoticeKind.REPLICATION_STALLED}
WITHOUT_A_LINE = {*NOTICES_OF_SYNCS, NoticeKind.DRILL_SKIPPED}
"""Notices of syncs and of drills that were not started: there is no timeline."""


def an_event(kind: str, message: str = "It happened.", **details: str) -> TimelineEvent:
    return TimelineEvent("01EVENT", "exec-1", NOON, kind, message, 2, details)


def everything_sent(notice: Notice) -> str:
    """All text of a notice that leaves the platform."""
    return notice.subject + text_of(notice) + msgspec.json.encode(notice).decode() + str(attributes_of(notice))


def notice(event: TimelineEvent, url: str = "") -> Notice:
    made = notice_of(event, an_execution(plan_name="Storefront"), url)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        (EventKind.EXECUTION_STARTED, "", NoticeKind.EXECUTION_STARTED),
        (EventKind.EXECUTION_PAUSED, "", NoticeKind.EXECUTION_PAUSED),
        (EventKind.EXECUTION_RESUMED, "", NoticeKind.EXECUTION_RESUMED),
        (EventKind.APPROVAL_NEEDED, "", NoticeKind.APPROVAL_NEEDED),
        (EventKind.DECISION_NEEDED, "", NoticeKind.DECISION_NEEDED),
        (EventKind.WAVE_ENDED, "COMPLETED", NoticeKind.WAVE_COMPLETED),
        (EventKind.WAVE_ENDED, "FAILED", NoticeKind.WAVE_FAILED),
        (EventKind.WAVE_ENDED, "TIMED_OUT", NoticeKind.WAVE_FAILED),
        (EventKind.WAVE_ENDED, "CANCELLED", None),
        (EventKind.WAVE_REJECTED, "FAILED", NoticeKind.WAVE_FAILED),
        (EventKind.WAVE_REJECTED, "CANCELLED", None),
        (EventKind.EXECUTION_ENDED, "COMPLETED", NoticeKind.EXECUTION_COMPLETED),
        (EventKind.EXECUTION_ENDED, "PARTIAL", NoticeKind.EXECUTION_PARTIAL),
        (EventKind.EXECUTION_ENDED, "FAILED", NoticeKind.EXECUTION_FAILED),
        (EventKind.EXECUTION_ENDED, "", NoticeKind.EXECUTION_FAILED),
        (EventKind.EXECUTION_ENDED, "CANCELLED", NoticeKind.EXECUTION_CANCELLED),
        (EventKind.EXECUTION_ENDED, "TIMED_OUT", NoticeKind.EXECUTION_TIMED_OUT),
        (EventKind.JOB_STARTED, "", None),
        (EventKind.NOTIFY_FAILED, "", None),
    ],
)
def test_an_event_has_this_notice(kind: EventKind, status: str, expected: NoticeKind | None) -> None:
    assert notice_kind(an_event(kind, status=status)) is expected


def test_the_end_of_a_clean_up_has_a_notice_for_drills_only() -> None:
    assert notice_kind(an_event("TERMINATION_ENDED", mode="DRILL")) is NoticeKind.DRILL_CLEANED_UP
    assert notice_kind(an_event("TERMINATION_ENDED", mode="RECOVERY")) is None


def test_every_notice_comes_from_some_event_or_sync() -> None:
    kinds = {*EventKind, "TERMINATION_ENDED"}
    reached = {notice_kind(an_event(kind, status=status)) for kind in kinds for status in STATUSES}
    assert reached - {None} == set(NoticeKind) - WITHOUT_A_LINE


def test_people_read_what_happened_what_will_happen_and_what_to_do() -> None:
    made = notice(
        an_event("APPROVAL_NEEDED", "Wave 2 'Web' may start, and needs an approval."), "https://dr.example.com"
    )
    assert made.subject == "DRILL of 'Storefront': wave 2 needs approval"
    assert text_of(made) == (
        "Wave 2 'Web' may start, and needs an approval.\n\n"
        "What happens next: The wave and all waves that depend on it wait. If nobody approves in time, the execution "
        "is paused and nothing launches.\n\n"
        "What to do: Approve or reject the wave.\n\n"
        f"Dashboard: https://dr.example.com/executions/{made.execution_id}?wave=2&do=approve\n\n"
        f"Plan: Storefront ({made.plan_id})\nExecution: {made.execution_id}, DRILL\n"
        f"Time: {NOON:%Y-%m-%d %H:%M:%S} UTC\nEvent: 01EVENT"
    )


def test_without_a_dashboard_there_is_no_link() -> None:
    made = notice(an_event("EXECUTION_PAUSED"))
    assert made.link == ""
    assert "Dashboard" not in text_of(made)


@given(st.text(max_size=300))
@example("Zürich — naïve\r\nBcc: someone@example.com")
def test_a_subject_is_one_short_line_of_ascii(text: str) -> None:
    subject = subject_of(text)
    assert len(subject) <= MAX_SUBJECT
    assert all(" " <= sign <= "~" for sign in subject)
    assert subject == subject.strip()


TOKENS = st.text(alphabet=string.ascii_letters + string.digits + "+/=", min_size=64, max_size=400)
KEYS = st.text(alphabet=string.ascii_uppercase + string.digits, min_size=16, max_size=16).map(
    lambda text: f"ASIA{text}"
)
WORDS = st.text(alphabet=string.ascii_letters + string.digits + "-", min_size=8, max_size=40).map(
    lambda text: f"zq{text}"
)


@given(
    kind=st.sampled_from([*EventKind, "TERMINATION_ENDED"]),
    status=st.sampled_from(STATUSES),
    token=TOKENS,
    key=KEYS,
    secret=WORDS,
)
def test_no_notice_of_an_event_contains_a_secret(kind: str, status: str, token: str, key: str, secret: str) -> None:
    """Details are never copied. In free text, what looks like a secret or is named like one is removed."""
    message = (
        f"It broke ({{'taskToken': '{token}'}}). {token} {key}. ExternalId={secret}, \"external_id\": \"{secret}\"."
    )
    details = {"status": status, "taskToken": token, "externalId": secret, "accessKeyId": key, "jobId": secret}
    made = notice_of(an_event(kind, message, **details), an_execution(), "https://dr.example.com")
    if made is not None:
        assert not [part for part in (token, key, secret) if part in everything_sent(made)]


@given(secret=WORDS, token=TOKENS)
def test_no_notice_of_a_sync_contains_a_secret(secret: str, token: str) -> None:
    message = f"AssumeRole failed with ExternalId={secret}: token={token}"
    for kind in NOTICES_OF_SYNCS:
        made = estate_notice(kind, "01E", NOON, message, place="1/us-east-1", count=1, dashboard_url="")
        assert secret not in everything_sent(made)
        assert token not in everything_sent(made)


@pytest.mark.parametrize(
    "text",
    [
        "Server host-1 failed. ConflictException: s-1234567890abcdef0 is in job drsjob-0123456789abcdef0",
        "AccessDenied: arn:aws:sts::111122223333:assumed-role/aws-drs-orchestration-local/x is not authorized",
        "The execution is paused, by somebody@example.com.",
    ],
)
def test_what_people_need_is_not_masked(text: str) -> None:
    assert mask_message(text) == text


HOSTILE = [
    "token",
    "external id",
    "AKIA",
    "a",
    "-",
    "token=",
    "password'",
    "-----BEGIN PRIVATE KEY-----",
    "x@",
    "\n",
    "=",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_text_of_a_megabyte_is_no_more_work_than_what_a_notice_holds_of_it(part: str) -> None:
    """Patterns see a bounded part of the text; the rest of it changes nothing."""
    text = part * (1_000_000 // len(part))
    assert mask_message(text) == mask_message(text[: MAX_MESSAGE + 1])
    assert len(mask_message(text)) <= MAX_MESSAGE + 2
    assert len(subject_of(text)) <= MAX_SUBJECT
    assert mask_output(text) == mask_output(text[: 4 * MAX_OUTPUT_BYTES])


@given(st.integers(0, 300), st.sampled_from(["AKIA", "ASIA"]), TOKENS)
def test_no_part_of_a_cut_secret_is_left(before: int, kind: str, token: str) -> None:
    for secret in (f"{kind}ABCDEFGHIJKLMNOP", token):
        text = "x " * ((MAX_MESSAGE - before) // 2) + secret + " and more" * 100
        assert secret[:8] not in mask_message(text)


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (EventKind.EXECUTION_PAUSED, "/executions/EXECUTION"),
        (EventKind.APPROVAL_NEEDED, "/executions/EXECUTION?wave=2&do=approve"),
        (EventKind.DECISION_NEEDED, "/executions/EXECUTION?wave=2&do=decide"),
        (EventKind.WAVE_ENDED, "/executions/EXECUTION?wave=2"),
    ],
)
def test_a_notice_leads_to_the_wave_and_the_decision_that_it_is_about(kind: EventKind, link: str) -> None:
    wave = None if kind is EventKind.EXECUTION_PAUSED else 2
    event = msgspec.structs.replace(an_event(kind, status="COMPLETED"), wave_number=wave)
    assert notice(event, URL).link == URL + link.replace("EXECUTION", an_execution().execution_id)
    assert notice(event).link == ""


def test_a_notice_without_an_execution_leads_to_where_it_is_looked_into() -> None:
    drill = ScheduledDrill(NOON, "SKIPPED", "A blackout.")

    def links(url: str) -> list[str]:
        skipped = skipped_drill_notice(a_plan(), drill, "01E", NOON, url)
        assert (skipped.event, skipped.event_id, skipped.plan_name) == (NoticeKind.DRILL_SKIPPED, "01E", "Shop")
        made = [
            estate_notice(kind, "01E", NOON, "m", place="p", count=1, dashboard_url=url)
            for kind in (NoticeKind.SYNC_FAILING, NoticeKind.REPLICATION_STALLED)
        ]
        return [each.link for each in (skipped, *made)]

    pages = ("/plans/plan-1", "/settings/syncs", "/servers?sort=LAG")
    assert links(URL) == [URL + page for page in pages]
    assert links("") == ["", "", ""]


def test_attributes_have_no_empty_values() -> None:
    assert (
        ""
        not in attributes_of(
            estate_notice(NoticeKind.SYNC_FAILING, "01E", NOON, "m", place="p", count=1, dashboard_url="")
        ).values()
    )
