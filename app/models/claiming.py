"""One run at a time: a command that is given twice at once asks everything once, since the second waits for the first.

A claim is renewed while its process lives. A process that was killed is found gone on the same machine at once; on
another machine its claim runs out.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.claims import give_back_claim, renew_claim, take_claim
from storage.database.engine import Database
from storage.errors import StoreError
from storage.values import canonical_json, digest

LEASE = timedelta(seconds=120)
"""Time after which a claim that is not renewed runs out."""
_RENEWED_EVERY = 30.0
_LOOKED_EVERY = 0.3


@dataclass(frozen=True)
class Holder:
    """The process that takes claims.

    Attributes:
        name: unique name of this use of the process.
        is_gone: whether the process behind a name is known to have ended.
    """

    name: str
    is_gone: Callable[[str], bool]


@contextmanager
def claimed(database: Database, work: object, holder: Holder, *, clock: Callable[[], datetime]) -> Iterator[bool]:
    """Hold the claim to some work; yield whether it had to be waited for.

    Args:
        database: the store.
        work: what is done, as JSON: equal values are the same work.
        holder: this process.
        clock: current time.

    Raises:
        StoreError: the store cannot be written.
    """
    key, waited = digest(canonical_json(work)), False
    while _taken(database, key, holder, clock()) != holder.name:
        if not waited:
            sys.stderr.write("Another run of the same work is under way; waiting for it to end.\n")
        waited = True
        threading.Event().wait(_LOOKED_EVERY)
    done = threading.Event()
    renewing = threading.Thread(target=_renew, args=(database, key, holder.name, clock, done), daemon=True)
    renewing.start()
    try:
        yield waited
    finally:
        done.set()
        renewing.join()
        with database.writing() as session:
            give_back_claim(session, key, holder.name)


def _taken(database: Database, key: str, holder: Holder, now: datetime) -> str:
    with database.writing() as session:
        return take_claim(session, key, holder.name, now=now, until=now + LEASE, is_gone=holder.is_gone)


def _renew(database: Database, key: str, name: str, clock: Callable[[], datetime], done: threading.Event) -> None:
    while not done.wait(_RENEWED_EVERY):
        try:
            with database.writing() as session:
                renew_claim(session, key, name, until=clock() + LEASE)
        except StoreError:
            continue  # the store was busy; the claim holds for several more tries
