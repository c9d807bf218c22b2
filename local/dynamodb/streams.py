"""Reads the streams of tables: iterators and records. An iterator is text, so nothing is kept of it."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from local.dynamodb.refusals import Refused
from local.dynamodb.requests import Answer, Request
from local.dynamodb.storage import Change, Table

FIRST_NUMBER = 1_100_000_000_017_454_423_009
"""The sequence number that moto's DescribeStream gives as that of the first record."""

_MOST_RECORDS = 1000


def get_shard_iterator(request: Request) -> Answer:
    params = request.params
    arn, table = params["StreamArn"], _table(request, params["StreamArn"])
    given = int(params.get("SequenceNumber") or FIRST_NUMBER) - FIRST_NUMBER
    positions = {
        "TRIM_HORIZON": 0,
        "LATEST": len(table.changes),
        "AT_SEQUENCE_NUMBER": given,
        "AFTER_SEQUENCE_NUMBER": given + 1,
    }
    return {"ShardIterator": f"{arn}|{positions[params['ShardIteratorType']]}"}


def get_records(request: Request) -> Answer:
    arn, _, position = request.params["ShardIterator"].rpartition("|")
    table = _table(request, arn)
    first, most = int(position), request.params.get("Limit", _MOST_RECORDS)
    records = [_record(table, arn, number, each) for number, each in _changes(table, first, most)]
    return {"Records": records, "NextShardIterator": f"{arn}|{first + len(records)}"}


def _table(request: Request, arn: str) -> Table:
    table = request.table(arn.partition("/stream/")[0])
    if not table.view:
        raise Refused(f"Requested resource not found: Stream: {arn} not found", code="ResourceNotFoundException")
    return table


def _changes(table: Table, first: int, most: int) -> Iterator[tuple[int, Change]]:
    return enumerate(table.changes[first : first + most], start=first)


def _record(table: Table, arn: str, number: int, change: Change) -> dict[str, Any]:
    item = change.after or change.before or {}
    images = {"NewImage": change.after, "OldImage": change.before}
    wanted = {name: image for name, image in images.items() if image is not None and _shows(table.view, name)}
    return {
        "eventID": blake2b(f"{arn}|{number}".encode(), digest_size=16).hexdigest(),
        "eventName": "INSERT" if change.before is None else "REMOVE" if change.after is None else "MODIFY",
        "eventSource": "aws:dynamodb",
        "eventVersion": "1.1",
        "awsRegion": arn.split(":")[3],
        "dynamodb": {
            "ApproximateCreationDateTime": change.at.timestamp(),
            "Keys": {name: item[name] for name in table.schema.keys},
            "SequenceNumber": str(FIRST_NUMBER + number),
            "SizeBytes": change.size,
            "StreamViewType": table.view,
            **wanted,
        },
    }


def _shows(view: str, image: str) -> bool:
    return view in ("NEW_AND_OLD_IMAGES", "NEW_IMAGE" if image == "NewImage" else "OLD_IMAGE")
