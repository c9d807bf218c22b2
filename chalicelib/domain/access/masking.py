"""What counts as a secret and is masked in audit entries, notices and the output of steps.

Masking is a second line of defence: these texts should contain no secret, and no list of patterns finds every one.
"""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
MAX_OUTPUT_BYTES = 4_096
MAX_MESSAGE = 4_000

_WORDS = (
    "secret",
    "password",
    "passwd",
    "token",
    "external id",
    "credential",
    "authorization",
    "access key",
    "api key",
)
_ANY_WORD = "|".join(word.replace(" ", "[ _-]?") for word in _WORDS)
_NAMED = re.compile(
    rf"(?i)(?P<keep>(?:{_ANY_WORD})[\w-]{{0,255}}[\"']?\s{{0,8}}[:=]\s{{0,8}})"
    r"(?:bearer\s{1,8}|basic\s{1,8})?(?:\"[^\"]*\"|'[^']*'|[^\s\"',;&}]+)"
)
_ACCESS_KEY = re.compile(r"(?P<keep>)\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
_PRIVATE_KEY = re.compile(
    r"(?P<keep>)-----BEGIN [A-Z ]{0,64}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,64}PRIVATE KEY-----|\Z)", re.DOTALL
)
_LONG_WORD = re.compile(r"(?P<keep>)[A-Za-z0-9+/=_-]{64,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def is_secret(name: str) -> bool:
    """Whether a field with this name holds a secret."""
    plain = re.sub(r"[ _-]", "", name.lower())
    return any(word.replace(" ", "") in plain for word in _WORDS)


def mask_values(value: Any) -> Any:
    """A copy in which secrets are replaced and notification e-mails are shortened, at any depth."""
    if isinstance(value, Mapping):
        return {key: _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_values(item) for item in value]
    return value


def mask_output(text: str) -> str:
    """The output of a step for the timeline: the first 4 kB, masked, without control characters."""
    masked = _mask(text[: 4 * MAX_OUTPUT_BYTES], _PRIVATE_KEY, _ACCESS_KEY, _NAMED)
    return _CONTROL.sub(" ", masked).encode()[:MAX_OUTPUT_BYTES].decode("utf-8", "ignore").strip()


def mask_message(text: str) -> str:
    """``text`` with keys, tokens and external ids masked, cut to 4,000 characters.

    The patterns see only those. The last word of a cut text is dropped, because half a key is not recognised as a key.
    """
    kept = _mask(text[:MAX_MESSAGE], _PRIVATE_KEY, _ACCESS_KEY, _NAMED, _LONG_WORD)
    return kept if len(text) <= MAX_MESSAGE else " ".join(kept.split(" ")[:-1]) + " …"


def mask_address(address: str) -> str:
    """An address that only its owner can recognise: ``o***@example.com``."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"


def _mask(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(rf"\g<keep>{MASK}", text)
    return text


def _masked(name: str, value: Any) -> Any:
    if is_secret(name):
        return MASK
    if name == "notificationEmails" and isinstance(value, list | tuple):
        return [mask_address(str(address)) for address in value]
    return mask_values(value)
