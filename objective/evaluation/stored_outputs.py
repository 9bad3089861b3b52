"""Finds the outputs of planned items that an earlier run has stored, so that nothing is asked twice."""

from collections.abc import Iterator, Sequence

from objective.evaluation.plan import PlannedItem
from storage.database.engine import Database
from storage.evaluations.runs import StoredOutput, find_outputs

_ITEMS_AT_ONCE = 1000
"""Number of items whose stored outputs are in memory at the same time."""


def with_stored_outputs(
    database: Database, items: Sequence[PlannedItem]
) -> Iterator[tuple[PlannedItem, list[StoredOutput] | None]]:
    """Each item with the stored outputs of all its samples; None where one is missing, so that it must be asked."""
    for start in range(0, len(items), _ITEMS_AT_ONCE):
        some = items[start : start + _ITEMS_AT_ONCE]
        digests = [one for planned in some for one in (planned.digest, planned.earlier_digest)]
        with database.reading() as session:
            found = find_outputs(session, digests)
        for planned in some:
            outputs = found.get(planned.digest) or found.get(planned.earlier_digest, {})
            samples = range(planned.samples)
            yield planned, [outputs[one] for one in samples] if all(one in outputs for one in samples) else None
