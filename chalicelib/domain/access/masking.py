"""What counts as a secret and is masked in audit entries, notices and the output of steps.

Masking is a second line of defence: these texts should contain no secret, and no list of patterns finds every one.
What the steps of plans send is never shown, because only its owner knows what is secret in it.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ..limits import cut_bytes

MASK = "***"
MAX_OUTPUT_BYTES = 4_096
MAX_MESSAGE = 4_000

_SECRET = re.compile(
    r"secret(?!ar[iy]|ion|iv|ly)|passw(?:or)?d(?!less)|passphrase|token(?!i[sz][aei])|credential(?!ed|ing)|authorization"
    r"|(?:access|api|private)key(?!board|note|pad|word)|amzsignature|externalids?$"
)
"""What a secret's name contains, in lower case and without separators, and not as the beginning of another word."""

_SENT_BY_STEPS = frozenset({"commands", "headers", "payload", "parameters"})
"""Fields of steps whose content is their owner's: it is masked whole, whatever it is."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ABOUT = frozenset(
    {
        *("age", "arn", "arns", "count", "endpoint", "error", "expired", "expires", "expiration", "expiry", "failure"),
        *("file", "length", "manager", "name", "names", "path", "policy", "reason", "rotation", "source", "status"),
        *("ttl", "type", "uri", "url", "version"),
    }
)
"""The last word of a name that says something about a secret, such as ``secretName``, and is not the secret."""

_SAID = (
    *("secret", "passwo?r?d", "passphrase", "token", "credential", "authorization", "external[ _-]?id"),
    *("access[ _-]?key", "api[ _-]?key", "private[ _-]?key", "amz[_-]?signature"),
)
_NAME = re.compile(rf"(?i)(?P<name>(?:{'|'.join(_SAID)})[\w-]{{0,255}})[\"']?\s{{0,8}}[:=]\s{{0,8}}")
_BEFORE = re.compile(r"[\w-]*\Z")
_VALUE = re.compile(r"(?:(?i:bearer|basic)\s{1,8})?(?:\"[^\"]*\"|'[^']*'|[^\s\"',;&}]+)")
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,64}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,64}PRIVATE KEY-----|\Z)", re.DOTALL
)
_LONG_WORD = re.compile(r"[A-Za-z0-9+/=_-]{64,}")
_PLAIN_PART = re.compile(r"(?:[a-z]{2,})?(?:[A-Z][a-z]+)*|[A-Z]{1,16}|[a-z]|[0-9]{1,17}|[0-9a-f]{1,17}|[0-9A-Z]{26}")
_LONGEST_PART = 32
_NAME_BEFORE = 64
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def is_secret(name: str) -> bool:
    """Whether a field with this name holds a secret, in any spelling (``apiKey``, ``API_KEY``, ``api key``).

    Names of things about a secret (``secretName``) and longer words (``secretary``, ``tokenizer``) do not.
    """
    if not _SECRET.search("".join(sign for sign in name.lower() if sign.isalnum())) and not _has_external_id(name):
        return False
    words = _PARTS.findall(name)
    return not (len(words) > 1 and words[-1].lower() in _ABOUT)


def _has_external_id(name: str) -> bool:
    """Whether the two words stand anywhere in the name; ``external identity`` is something else."""
    words = [word.lower() for word in _PARTS.findall(name)]
    return any(pair in {("external", "id"), ("external", "ids")} for pair in pairwise(words))


def mask_values(value: Any) -> Any:
    """A copy in which secrets and what steps send are replaced and notification e-mails shortened, at any depth."""
    if isinstance(value, Mapping):
        return {key: _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_values(item) for item in value]
    return value


def mask_output(text: str) -> str:
    """The output of a step for the timeline: the first 4 kB, masked, without control characters."""
    masked = _mask(text[: 4 * MAX_OUTPUT_BYTES])
    return cut_bytes(_CONTROL.sub(" ", masked), MAX_OUTPUT_BYTES).strip()


def mask_message(text: str) -> str:
    """``text`` with keys, tokens and external ids masked, cut to 4,000 characters.

    The patterns see only those. The last word of a cut text is dropped, because half a key is not recognised as a key.
    """
    kept = _LONG_WORD.sub(lambda word: word[0] if _is_plain(word[0]) else MASK, _mask(text[:MAX_MESSAGE]))
    return kept if len(text) <= MAX_MESSAGE else " ".join(kept.split(" ")[:-1]) + " …"


def mask_address(address: str) -> str:
    """An address that only its owner can recognise: ``o***@example.com``."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"


def _mask(text: str) -> str:
    """The text without keys that are recognised by their form, and without values that are named as secrets."""
    return _mask_named(_ACCESS_KEY.sub(MASK, _PRIVATE_KEY.sub(MASK, text)))


def _mask_named(text: str) -> str:
    kept: list[str] = []
    end = 0
    for found in _NAME.finditer(text):
        # The whole name decides, and what precedes the match is part of it.
        before = _BEFORE.search(text, max(0, found.start() - _NAME_BEFORE), found.start())
        name = (before[0] if before else "") + found["name"]
        value = _VALUE.match(text, found.end())
        if found.start() >= end and value and is_secret(name):
            kept += (text[end : found.end()], MASK)
            end = value.end()
    return "".join((*kept, text[end:]))


def _is_plain(word: str) -> bool:
    """Whether a long word is a path, a ruler or a row of words and ids, and not a key or a token."""
    parts = re.split(r"[+/=_-]", word)
    return all(len(part) <= _LONGEST_PART and _PLAIN_PART.fullmatch(part) for part in parts)


def _masked(name: str, value: Any) -> Any:
    if is_secret(name) or (name in _SENT_BY_STEPS and value):
        return MASK
    if name == "url" and isinstance(value, str):
        address, mark, _ = value.partition("?")
        return f"{address}{mark}{MASK if mark else ''}"
    if name == "notificationEmails" and isinstance(value, list | tuple):
        return [mask_address(str(address)) for address in value]
    return mask_values(value)
