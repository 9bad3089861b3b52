"""Filters by question, time, rater and dimension."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer


@dataclass(frozen=True)
class QuestionFilter:
    """Which questions a command uses.

    Attributes:
        category: only questions of this category.
        language: only questions in this language.
        source: only questions from this source.
    """

    category: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only questions of this category.", show_default="all")
    ] = None
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only questions in this language: en or zh.", show_default="all")
    ] = None
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only questions from this source.", show_default="all")
    ] = None


@dataclass(frozen=True)
class TimeFilter:
    """When votes, judgments and scores were given.

    Attributes:
        since: only those given at this time or later, in UTC.
        until: only those given before this time, in UTC.
        dimension: only scores on this dimension.
    """

    since: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE", help="Only votes, judgments and scores from this day (UTC) on.", show_default="all"
        ),
    ] = None
    until: Annotated[
        datetime | None,
        typer.Option(
            metavar="DATE", help="Only votes, judgments and scores from before this day (UTC).", show_default="all"
        ),
    ] = None
    dimension: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only scores on this dimension.", show_default="all")
    ] = None

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """Both ends of the time window in UTC, None for an open end."""
        return in_utc(self.since), in_utc(self.until)


def in_utc(moment: datetime | None) -> datetime | None:
    """A time of the command line, which has no time zone, as a time in UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC)
