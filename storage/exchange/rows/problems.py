"""Bad rows of one file: collected, the first ones listed, all counted."""

from storage.errors import BadRows

LISTED = 1_000
"""Bad rows that are reported one by one; beyond them only the number is told."""

SHOWN_CHARACTERS = 80


class Problems:
    """What is wrong with the rows of one file."""

    def __init__(self, path: str) -> None:
        """Start with none; `path` is how the file is named in each sentence."""
        self.path = path
        self.count = 0
        self._listed: list[str] = []

    def add(self, line: int, sentence: str) -> None:
        """Note a bad row by its line (for Parquet, its row number), counted from 1."""
        self.count += 1
        if len(self._listed) < LISTED:
            self._listed.append(f"{self.path}:{line}: {sentence}")

    def raise_any(self) -> None:
        """Refuse the file if a row was bad.

        Raises:
            BadRows: with up to 1,000 sentences and the number of further bad rows.
        """
        if self.count:
            rows = "1 bad row" if self.count == 1 else f"{self.count} bad rows"
            summary = f"{self.path} has {rows}, so nothing was imported; correct the file and import it again"
            raise BadRows(summary, self._listed, truncated=self.count - len(self._listed))


def shown(value: object) -> str:
    """A value for a sentence: its representation, cut if it is long."""
    text = repr(value[: SHOWN_CHARACTERS + 1] if isinstance(value, str) else value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
