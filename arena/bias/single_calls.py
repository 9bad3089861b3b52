"""Single calls of judgments: the verdict in each order, and one battle per call.

A judgment over both orders has no side any more; a position bias shows in its calls, most of all in those of
inconsistent judgments.
"""

from dataclasses import replace

import numpy as np

from storage.ledger.battles import BOTH_BAD, COLUMNS, FRACTIONAL, MODEL_A, MODEL_B, TIE, Battles, FloatArray, IdArray
from storage.ledger.pair_votes import SCORED, CallColumns, PairVotes


def shares_by_order(votes: PairVotes, calls: CallColumns) -> tuple[FloatArray, FloatArray]:
    """Share of the response shown first for each judgment, in the given and in the swapped order; NaN if unknown."""
    found = []
    for is_swapped in (False, True):
        chosen = calls.swapped == is_swapped
        share = np.full(len(votes.battles), np.nan)
        row = _rows_of(votes, calls.judgment[chosen])
        share[row[row >= 0]] = calls.share[chosen][row >= 0]
        found.append(share)
    return found[0], found[1]


def battles_of_calls(votes: PairVotes, calls: CallColumns) -> Battles:
    """One battle per call, sides as shown; judgments without calls are kept as they are if they have a score."""
    row = _rows_of(votes, calls.judgment)
    row, swapped, share = row[row >= 0], calls.swapped[row >= 0], calls.share[row >= 0]
    whole = votes.state == SCORED
    whole[row] = False
    alone = np.flatnonzero(whole)
    battles = votes.battles
    source = np.concatenate([row, alone])
    columns = {name: getattr(battles, name)[source] for name in COLUMNS}
    turned = np.concatenate([swapped, np.zeros(len(alone), np.bool_)])
    for one, other in (("a", "b"), ("response_a", "response_b")):
        columns[one], columns[other] = (
            np.where(turned, columns[other], columns[one]),
            np.where(turned, columns[one], columns[other]),
        )
    columns["score"] = np.concatenate([share, battles.score[alone]])
    columns["outcome"] = np.concatenate([_outcomes(share), battles.outcome[alone]])
    return replace(battles, **columns, counts=dict(battles.counts))


def decisive_first(battles: Battles) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], IdArray]:
    """For each decisive battle, whether the response shown first won, and the question."""
    decisive = (battles.score != 0.5) & (battles.outcome != BOTH_BAD)
    return battles.score[decisive] > 0.5, battles.question[decisive].astype(np.int64)


def _rows_of(votes: PairVotes, positions: IdArray) -> IdArray:
    """Row of each ledger position among the votes, which are in order of position; -1 where there is none."""
    have = votes.battles.position
    if not len(have):
        return np.full(len(positions), -1, np.int64)
    place = np.minimum(np.searchsorted(have, positions), len(have) - 1)
    return np.where(have[place] == positions, place, -1).astype(np.int64)


def _outcomes(share: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    chosen = np.select([share == 1.0, share == 0.0, share == 0.5], [MODEL_A, MODEL_B, TIE], FRACTIONAL)
    return chosen.astype(np.int8)
