"""Processor time of a vote with and without the digest of what it refers to (`storage.ledger.contents`).

    python -m tests.benchmarks.contents_digest

Two stores with equal campaigns take votes in turns within one process, one with the digest and one without. What is
printed is the median of 380 votes each, after 20 to warm up.
"""

import statistics
import tempfile
import time
from pathlib import Path
from unittest import mock

from sqlalchemy import update

from arena.campaigns.open_ballots import VoteInput
from storage.database.columns import table_of
from storage.database.engine import open_database
from storage.database.tables import Response
from storage.ledger import chain
from storage.ledger.contents import contents_of
from storage.values import Winner, as_turn
from tests.arena.small_campaign import Arena, make_arena

VOTES, WARM_UP = 400, 20


def make_store(characters: int) -> Arena:
    """A durable store with one campaign whose responses have this length."""
    database = open_database(str(Path(tempfile.mkdtemp(prefix="evenhand-digest-")) / "evenhand.db"))
    arena = make_arena(database, n_models=3, n_questions=300, n_raters=1)
    with database.writing() as session:
        session.execute(update(table_of(Response)).values(turns=[as_turn("word " * (characters // 5))]))
    return arena


def measure(characters: int) -> dict[bool, float]:
    """Median milliseconds of processor time of a vote, with the digest and without."""
    arenas = {True: make_store(characters), False: make_store(characters)}
    opened = {kind: arena.voting.open_ballots(arena.raters[0]) for kind, arena in arenas.items()}
    times: dict[bool, list[float]] = {True: [], False: []}
    real = contents_of
    for number in range(VOTES):
        for with_digest in (True, False) if number % 2 else (False, True):
            current, arena = opened[with_digest].current, arenas[with_digest]
            assert current is not None
            chosen = real if with_digest else lambda *_: None
            with mock.patch.object(chain, "contents_of", chosen):
                began = time.process_time()
                opened[with_digest] = arena.voting.vote(arena.raters[0], current.token, VoteInput(Winner.tie))
                times[with_digest].append(time.process_time() - began)
    return {kind: 1000 * statistics.median(found[WARM_UP:]) for kind, found in times.items()}


def main() -> None:
    """Print one line for each length of the responses."""
    for characters in (2_000, 20_000):
        found = measure(characters)
        print(f"{characters} characters a response: {found[True]:.2f} ms with, {found[False]:.2f} ms without")


if __name__ == "__main__":
    main()
