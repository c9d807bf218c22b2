"""What the requests of tasks say by themselves."""

from datetime import UTC, datetime, timedelta, timezone

from chalicelib.operations.tasks import TokenTask


def test_tokens_of_a_wave_are_in_the_order_in_which_they_were_asked_for() -> None:
    entered = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)

    def asked(entered_at: datetime | None, retry_count: int = 0) -> str:
        task = TokenTask(
            execution_id="e", plan_id="p", wave_number=1, task_token="t", entered_at=entered_at, retry_count=retry_count
        )
        return task.token_order

    later = entered + timedelta(milliseconds=1)
    assert asked(entered) < asked(entered, 2) < asked(entered, 10) < asked(later)
    assert asked(entered.astimezone(timezone(timedelta(hours=5)))) == asked(entered)
    assert asked(None) == ""
