"""Delivers the streams of tables to the evidence writer, as an event source mapping of Lambda would."""

import logging
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from local.lambda_runtime import LambdaRuntime

LOG = logging.getLogger(__name__)

FUNCTION = "evidence-writer"
BATCH = 1_000
PAUSE_SECONDS = 2.0
"""In AWS a batch is collected for a minute (``MaximumBatchingWindowInSeconds``)."""


class Clients(Protocol):
    """The part of the local cloud that is needed here."""

    runtime: LambdaRuntime

    def client(self, service: str) -> Any: ...


class Streams:
    """Follows every stream. A batch that the function does not take is delivered again, and holds up the others."""

    def __init__(self, cloud: Clients) -> None:
        self._cloud = cloud
        self._next: dict[tuple[str, str], str] = {}
        self._delivering = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="local-streams", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def deliver_now(self, *, batch: int = BATCH) -> int:
        """Delivers what the streams hold by now; returns the number of records.

        Raises RuntimeError when the function fails; its batch is delivered by the next call.
        """
        with self._delivering:
            return sum(self._deliver(*shard, batch) for shard in list(self._shards()))

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            try:
                self.deliver_now()
            except Exception:
                LOG.exception("A batch of a stream was not taken; it is delivered again.")

    def _shards(self) -> Iterator[tuple[str, str]]:
        streams = self._cloud.client("dynamodbstreams")
        for stream in streams.list_streams()["Streams"]:
            described = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
            yield from ((stream["StreamArn"], shard["ShardId"]) for shard in described["Shards"])

    def _deliver(self, arn: str, shard: str, batch: int) -> int:
        delivered = 0
        while records := (read := self._read(arn, shard, batch))["Records"]:
            event = {"Records": [_as_lambda_gets_it(record, arn) for record in records]}
            result = self._cloud.runtime.invoke(FUNCTION, event)
            if result.function_error:
                raise RuntimeError(f"{FUNCTION} did not take a batch: {result.payload.decode()}")
            delivered += len(records)
            self._next[arn, shard] = read["NextShardIterator"]
        return delivered

    def _read(self, arn: str, shard: str, batch: int) -> Mapping[str, Any]:
        """Reads on from the last batch that was taken, or from the oldest record that the shard still has."""
        streams = self._cloud.client("dynamodbstreams")
        while True:
            if (arn, shard) not in self._next:
                oldest = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
                self._next[arn, shard] = oldest["ShardIterator"]
            try:
                read: Mapping[str, Any] = streams.get_records(ShardIterator=self._next[arn, shard], Limit=batch)
            except streams.exceptions.TrimmedDataAccessException:
                # DynamoDB Local says so of an iterator that was taken before the shard had its first record.
                del self._next[arn, shard]
            else:
                return read


def _as_lambda_gets_it(record: Mapping[str, Any], arn: str) -> dict[str, Any]:
    reported = dict(record["dynamodb"])
    at = reported.get("ApproximateCreationDateTime")
    if isinstance(at, datetime):
        reported["ApproximateCreationDateTime"] = at.timestamp()
    return {**record, "dynamodb": reported, "eventSourceARN": arn}
