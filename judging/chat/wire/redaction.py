"""Removal of secrets from whatever an endpoint sends back, before it is read, stored or shown."""

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

REDACTED = "[key]"
"""Text in the place of a secret."""
_SHORTEST = 6
"""Length of the shortest text that is treated as a secret: a shorter one may be an ordinary word of a reply."""
_DESCRIPTIVE = frozenset(
    {"accept", "accept-language", "anthropic-beta", "anthropic-version", "api-version", "content-type", "http-referer",
     "openai-beta", "referer", "user-agent", "x-title"}
)  # fmt: skip
"""Headers and fields of an address that describe a request. What they hold may be ordinary words of a reply, such as a
version or the name of a team, and is no secret."""
_PLACEHOLDERS = frozenset({"EMPTY", "empty", "ollama", "dummy", "no-key", "not-needed"})
"""Words that servers without keys are given in the place of one."""


class Redactor:
    """Replaces secrets in texts: as they are, and as JSON, an address or base64 write them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets; placeholders of keys, and texts under six characters, are none."""
        known = [secret for secret in secrets if len(secret) >= _SHORTEST and secret not in _PLACEHOLDERS]
        forms = {form for secret in known for form in _forms(secret)}
        self._texts = sorted(forms, key=len, reverse=True)
        self._bytes = [form.encode() for form in self._texts]

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._texts:
            if secret in text:
                text = text.replace(secret, REDACTED)
        return text

    def n_begun(self, text: str) -> int:
        """Number of characters at the end of a text that may be the beginning of a secret."""
        longest = max(map(len, self._texts), default=1) - 1
        for length in range(min(longest, len(text)), 0, -1):
            end = text[-length:]
            if any(secret.startswith(end) for secret in self._texts):
                return length
        return 0

    def content(self, content: bytes) -> bytes:
        """The bytes of a reply without secrets."""
        for secret in self._bytes:
            if secret in content:
                content = content.replace(secret, REDACTED.encode())
        return content


def secrets_in(fields: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is secret in headers or in the query of an address, by names and values: all but what describes a request.

    A value of several words, such as `Basic abc`, is secret as a whole and in each word.
    """
    for name, value in fields:
        if name.lower() not in _DESCRIPTIVE:
            yield value
            yield from value.split()


def _forms(secret: str) -> set[str]:
    plain = {secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")}
    return plain | {base64.b64encode(secret.encode()).decode().rstrip("=")}
