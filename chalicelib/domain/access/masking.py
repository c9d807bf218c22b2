"""What looks like a secret, defined once: it is masked in audit entries, in notices and in the output of steps.

Masking is a second line of defence: nothing secret should be in these texts, and no list of patterns finds everything.
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
    """Whether a field of this name holds a secret."""
    plain = re.sub(r"[ _-]", "", name.lower())
    return any(word.replace(" ", "") in plain for word in _WORDS)


def mask_values(value: Any) -> Any:
    """The same value with every field that holds a secret replaced, and e-mail addresses shortened, at any depth."""
    if isinstance(value, Mapping):
        return {key: _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_values(item) for item in value]
    return value


def mask_output(text: str) -> str:
    """The output of a step, fit for a timeline: the first 4 kB, masked and without control characters."""
    masked = _mask(text[: 4 * MAX_OUTPUT_BYTES], _PRIVATE_KEY, _ACCESS_KEY, _NAMED)
    return _CONTROL.sub(" ", masked).encode()[:MAX_OUTPUT_BYTES].decode("utf-8", "ignore").strip()


def mask_message(text: str) -> str:
    """``text`` without keys, tokens and external ids, and at most 4,000 characters of it.

    No pattern sees more than that. The last word of a longer text is dropped too: half a key is not recognized as one.
    """
    kept = _mask(text[:MAX_MESSAGE], _PRIVATE_KEY, _ACCESS_KEY, _NAMED, _LONG_WORD)
    return kept if len(text) <= MAX_MESSAGE else " ".join(kept.split(" ")[:-1]) + " …"


def mask_address(address: str) -> str:
    """Enough to recognise one's own address by: ``o***@example.com``."""
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
