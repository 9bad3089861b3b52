"""What a dry run says: how many requests would be sent, how many replies are stored, and what the rest may cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.commands.progress import MONEY_SHOWN
from app.commands.tables import counted

if TYPE_CHECKING:
    from storage.judges.reply_lengths import MeanLengths


@dataclass(frozen=True)
class PlannedRequests:
    """The requests of a plan, and the cost of those that would be sent.

    Attributes:
        to_send: number of requests that would be sent.
        at_most: their highest cost, by replies of the maximum length.
        stored: number of further requests whose replies are stored; None if it is unknown, so that fewer than
            `to_send` may be sent.
        lengths: mean lengths of earlier replies; None without any.
        mean_cost: cost of a request by these lengths.
    """

    to_send: int
    at_most: float
    stored: int | None = 0
    lengths: "MeanLengths | None" = None
    mean_cost: float = 0.0

    @property
    def expected(self) -> float | None:
        """The expected cost, by the lengths of earlier replies; None without any."""
        return None if self.lengths is None else self.to_send * self.mean_cost

    def as_json(self) -> dict[str, object]:
        """The facts for programs."""
        known = 0 if self.lengths is None else self.lengths.replies
        counts = {"requests": self.to_send, "stored_replies": self.stored}
        return {**counts, "at_most": self.at_most, "expected": self.expected, "expected_from": known}

    def as_text(self, *, what: str = "", details: str = "") -> str:
        """The facts as a line.

        Args:
            what: what the requests are for, such as "for 3 missing responses".
            details: more about those that would be sent.
        """
        told = ", ".join(filter(None, [f"{self._count()}{what and f' {what}'}", details, *self._cost()]))
        if not self.stored:
            return told
        return f"{told}; {counted(self.stored, 'reply is', 'replies are')} stored"

    def _count(self) -> str:
        if self.stored is None:
            return f"would ask at most {counted(self.to_send, 'request')}"
        if not self.stored:
            return f"would ask {counted(self.to_send, 'request')}"
        return f"would ask {self.to_send:,} of {counted(self.to_send + self.stored, 'request')}"

    def _cost(self) -> list[str]:
        """The highest cost, and the one by the lengths of earlier replies; nothing for little."""
        if self.at_most < MONEY_SHOWN:
            return []
        most = f"cost at most {self.at_most:.2f}"
        if self.expected is None or self.lengths is None:
            return [most]
        replies = counted(self.lengths.replies, "earlier reply", "earlier replies")
        return [most, f"about {self.expected:.2f} by the lengths of {replies}"]
