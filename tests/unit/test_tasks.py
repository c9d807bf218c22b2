"""What follows from the request of a task alone."""

from datetime import UTC, datetime, timedelta, timezone

from chalicelib.operations.tasks import TokenTask


def test_tokens_of_a_wave_are_in_the_order_in_which_they_were_requested() -> None:
    entered = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)

    def order_of(entered_at: datetime | None, retry_count: int = 0) -> str:
        task = TokenTask(
            execution_id="e", plan_id="p", wave_number=1, task_token="t", entered_at=entered_at, retry_count=retry_count
        )
        return task.token_order

    later = entered + timedelta(milliseconds=1)
    assert order_of(entered) < order_of(entered, 2) < order_of(entered, 10) < order_of(later)
    assert order_of(entered.astimezone(timezone(timedelta(hours=5)))) == order_of(entered)
    assert order_of(None) == ""
