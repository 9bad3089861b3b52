"""Replace network addresses in the labels of raters.

Arena logs identify voters by IP address. Such a label is replaced by a digest with a salt that is discarded after the
import: the votes of one person in one file stay together, and the address cannot be recovered.
"""

import ipaddress
import re
from hashlib import blake2b

_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\.\d)")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


def holds_address(label: str) -> bool:
    """Whether a label is or contains an IPv4 or IPv6 address, also with brackets, zone or port."""
    if ":" not in label and label.count(".") < 3:
        return False
    candidates = [match.group() for pattern in (_IPV4, _IPV6) for match in pattern.finditer(label)]
    return any(_is_address(candidate.strip(".")) for candidate in candidates)


class Pseudonyms:
    """Replaces addresses in the rater labels of one import.

    Attributes:
        count: number of different addresses replaced so far.
    """

    def __init__(self, salt: str) -> None:
        """Start without addresses; `salt` is random text that is stored nowhere."""
        self._salt = salt.encode()
        self._known: dict[str, tuple[str, str]] = {}
        self.count = 0

    def of(self, label: str) -> tuple[str, str]:
        """The label to store for a label, and its replacement in digests of rows.

        The replacement is the number of the address in order of appearance: it must not depend on the salt, so that
        the same file is recognised again, nor on the address, which it would disclose.
        """
        known = self._known.get(label)
        if known is None:
            known = self._new(label)
            self._known[label] = known
        return known

    def _new(self, label: str) -> tuple[str, str]:
        if not holds_address(label):
            return label, label
        self.count += 1
        hidden = blake2b(label.encode(), key=self._salt[:64], digest_size=16).hexdigest()
        return f"address-{hidden}", f"address {self.count}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return text != "::"
