"""What a step printed, fit for a timeline: the first 4 kB, without what looks like a secret."""

import re

MAX_OUTPUT_BYTES = 4_096

_SECRET = re.compile(
    r"(?i)((?:password|passwd|secret|token|api[_-]?key|authorization|credential)[\w-]{0,255}[\"']?\s*[:=]\s*)"
    r"(?:bearer\s+|basic\s+)?(\"[^\"]*\"|'[^']*'|[^\s,;&}]+)"
)
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def fit_output(text: str) -> str:
    """The first 4 kB. Values that look like secrets are masked: a help, and no leave to print secrets."""
    masked = _PRIVATE_KEY.sub("[masked]", text[: 4 * MAX_OUTPUT_BYTES])
    masked = _ACCESS_KEY.sub("[masked]", _SECRET.sub(r"\1[masked]", masked))
    return _CONTROL.sub(" ", masked).encode()[:MAX_OUTPUT_BYTES].decode("utf-8", "ignore").strip()
