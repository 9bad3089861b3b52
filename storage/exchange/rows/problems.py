"""Wrong rows of one file: all are counted, and the first ones are listed."""

from storage.errors import BadRows

LISTED = 1_000
"""Maximum number of wrong rows that are listed; further ones are only counted."""

SHOWN_CHARACTERS = 80


class Problems:
    """The wrong rows of one file."""

    def __init__(self, path: str) -> None:
        """Start without wrong rows; `path` names the file in each sentence."""
        self.path = path
        self.count = 0
        self._listed: list[str] = []

    def add(self, line: int, sentence: str) -> None:
        """Note a wrong row by its line number (for Parquet, its row number), from 1."""
        self.count += 1
        if len(self._listed) < LISTED:
            self._listed.append(f"{self.path}:{line}: {sentence}")

    def raise_any(self) -> None:
        """Refuse the file if a row was wrong.

        Raises:
            BadRows: a row was wrong; the error lists up to 1,000 of them and counts the others.
        """
        if self.count:
            rows = "1 bad row" if self.count == 1 else f"{self.count} bad rows"
            summary = f"{self.path} has {rows}, so nothing was imported; correct the file and import it again"
            raise BadRows(summary, self._listed, truncated=self.count - len(self._listed))


def shown(value: object) -> str:
    """A value in a sentence: its representation, shortened if it is long."""
    text = repr(value[: SHOWN_CHARACTERS + 1] if isinstance(value, str) else value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
