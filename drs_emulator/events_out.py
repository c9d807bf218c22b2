"""Sends DRS's events to an endpoint of EventBridge's API (PutEvents), in the account and Region where they happened."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from drs_emulator.emulated_aws import Keys, keys_of, new_client


class EventRefused(RuntimeError):
    """The endpoint answered, and did not take the event."""


class EventsOut:
    """A `publish` for the emulator. An error is raised, and the emulator logs it: events are best effort.

    The account's key is that of a role assumed through the endpoint's STS; where it has none, the account's number.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def __call__(
        self, account: str, region: str, detail_type: str, detail: dict[str, Any], resources: Sequence[str] = ()
    ) -> None:
        """Puts one event on the default bus. Raises botocore's errors, and `EventRefused`."""
        entry = {
            "Source": "aws.drs",
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
            "Resources": list(resources),
        }
        answer = self._client(account, region).put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            [refused] = answer["Entries"]
            raise EventRefused(f"{detail_type}: {refused.get('ErrorCode')}: {refused.get('ErrorMessage')}")

    def _client(self, account: str, region: str) -> Any:
        with self._lock:
            client = self._clients.get((account, region))
        if client is None:
            keys = self._keys(account, region)
            client = new_client("events", keys, region=region, endpoint=self._endpoint)
            with self._lock:
                self._clients[account, region] = client
        return client

    def _keys(self, account: str, region: str) -> Keys:
        try:
            return keys_of(account, region=region, endpoint=self._endpoint)
        except (ClientError, ResponseParserError, KeyError):  # it answered, but not as STS does
            return Keys(access_key=account)
