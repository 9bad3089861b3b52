"""Check a store: the database itself, the ledger, ballots against votes, pictures, and heads kept elsewhere.

Nothing is changed and nothing is mended: a finding says what was edited or lost, and a backup is what helps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import case, exists, func, select
from sqlmodel import Session

from storage.database.columns import table_of
from storage.database.engine import Database, is_postgres
from storage.database.ledger_tables import Ledger, Preference, Satisfaction
from storage.database.tables import Ballot
from storage.errors import StoreDamaged
from storage.ledger import chain
from storage.upkeep.heads import LedgerHead
from storage.upkeep.picture_check import PictureCheck, check_pictures
from storage.values import BallotState

Area = Literal["database", "ledger", "ballots", "pictures", "head"]

_MOST_FINDINGS = 100
_BALLOT, _PREFERENCE, _SATISFACTION = table_of(Ballot), table_of(Preference), table_of(Satisfaction)
_LEDGER = table_of(Ledger)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a store.

    Attributes:
        area: part of the check that found it.
        message: a sentence with the place.
    """

    area: Area
    message: str


@dataclass(frozen=True)
class StoreCheck:
    """What a check of a store found.

    Attributes:
        head: the ledger's head, None if it cannot be read.
        rows: number of rows in the ledger.
        uncovered: number of rows that an earlier version wrote, whose ballots and responses have no digest.
        findings: what is wrong, at most 100 of it.
        pictures: number of pictures with their bytes.
        erased_pictures: number of pictures that were erased.
        unused_pictures: number of pictures that no question, response or conversation shows.
    """

    head: LedgerHead | None
    rows: int
    uncovered: int
    findings: tuple[Finding, ...]
    pictures: int = 0
    erased_pictures: int = 0
    unused_pictures: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify(database: Database, heads: Sequence[LedgerHead] = ()) -> StoreCheck:
    """Check a store.

    Args:
        database: the store.
        heads: heads that this store had at earlier times.

    Raises:
        StoreError: the store cannot be read at all.
    """
    findings: list[Finding] = []
    head, uncovered, pictures = None, 0, PictureCheck(0, 0, 0, [])
    try:
        with database.reading() as session:
            findings += _database_findings(session)
            head, uncovered = LedgerHead(*chain.head(session)), _n_uncovered(session)
            findings += [Finding("ledger", sentence) for sentence in chain.broken_batches(session)]
            findings += [Finding("ballots", sentence) for sentence in _ballot_findings(session)]
            pictures = check_pictures(session)
            findings += [Finding("pictures", sentence) for sentence in pictures.findings]
            for kept in heads:
                findings += [Finding("head", sentence) for sentence in _head_findings(session, kept, head)]
    except StoreDamaged as error:
        findings.append(Finding("database", str(error)))
    rows = 0 if head is None else head.position
    return StoreCheck(head, rows, uncovered, tuple(findings[:_MOST_FINDINGS]), *pictures[:3])


def _database_findings(session: Session) -> Iterator[Finding]:
    """What SQLite finds in its own file; PostgreSQL has no such check, and never breaks a reference."""
    if is_postgres(session):
        return
    connection = session.connection()
    for (message,) in connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST_FINDINGS})"):
        if message != "ok":
            yield Finding("database", f"SQLite's integrity check says: {message}")
    missing: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        missing[table, parent] = missing.get((table, parent), 0) + 1
    for (table, parent), number in missing.items():
        yield Finding("database", f"{number} rows of {table} refer to rows of {parent} that are not there")


def _n_uncovered(session: Session) -> int:
    """Rows that name a ballot or a response in batches of an earlier version."""
    found = 0
    for table in (table_of(row) for row in chain.LEDGERED.values()):
        names = [name for name in ("ballot_id", "response_id", "response_a_id", "response_b_id") if name in table.c]
        if names:
            is_covered = exists().where(
                _LEDGER.c.first_position <= table.c.position,
                _LEDGER.c.last_position >= table.c.position,
                _LEDGER.c.contents.is_not(None),
            )
            named = func.coalesce(*(table.c[name] for name in names), None).is_not(None)
            found += session.execute(select(func.count()).where(named, ~is_covered)).scalar_one()
    return found


def _ballot_findings(session: Session) -> Iterator[str]:
    """Votes and scores that do not fit their ballot, and answered ballots without any."""
    sides = (_BALLOT.c.response_a_id, _BALLOT.c.response_b_id)
    left = case((_BALLOT.c.swapped, sides[1]), else_=sides[0])
    right = case((_BALLOT.c.swapped, sides[0]), else_=sides[1])
    vote_fits = (
        (_PREFERENCE.c.response_a_id == left)
        & (_PREFERENCE.c.response_b_id == right)
        & (_PREFERENCE.c.rater_id == _BALLOT.c.rater_id)
        & (_PREFERENCE.c.question_id == _BALLOT.c.question_id)
    )
    score_fits = (
        ((_SATISFACTION.c.response_id == sides[0]) | (_SATISFACTION.c.response_id == sides[1]))
        & (_SATISFACTION.c.rater_id == _BALLOT.c.rater_id)
        & (_SATISFACTION.c.question_id == _BALLOT.c.question_id)
    )
    for table, fits, what in ((_PREFERENCE, vote_fits, "vote"), (_SATISFACTION, score_fits, "score")):
        rows: Any = (
            select(table.c.position, _BALLOT.c.id)
            .join_from(table, _BALLOT, _BALLOT.c.id == table.c.ballot_id)
            .where(~fits)
            .order_by(table.c.position)
            .limit(_MOST_FINDINGS)
        )
        for position, ballot in session.execute(rows):
            yield f"the {what} at position {position} does not fit the rater, question or sides of its ballot {ballot}"
    answers = [exists().where(table.c.ballot_id == _BALLOT.c.id) for table in (_PREFERENCE, _SATISFACTION)]
    voted = select(_BALLOT.c.id).where(_BALLOT.c.state == BallotState.voted, *(~answer for answer in answers))
    for (ballot,) in session.execute(voted.order_by(_BALLOT.c.id).limit(_MOST_FINDINGS)):
        yield f"ballot {ballot} counts as answered, but the ledger holds no answer to it"


def _head_findings(session: Session, kept: LedgerHead, head: LedgerHead) -> Iterator[str]:
    """A sentence if a head that was kept elsewhere is no part of this ledger."""
    if kept.position == 0:
        return
    if kept.position > head.position:
        yield (
            f"the ledger ends at position {head.position}, but it reached {kept.position} when this head was kept: "
            f"{kept.position - head.position} rows at its end are gone"
        )
        return
    digest = session.execute(select(_LEDGER.c.digest).where(_LEDGER.c.last_position == kept.position)).scalar()
    if digest != kept.digest:
        yield f"the ledger up to position {kept.position} is not the one whose head was kept; rows were rewritten"
