"""The single calls of which judgements are made: what was said in each order, and battles of one call each.

A judgement over both orders has no side any more; a liking for the first position shows in its calls, most of all in
those that made it inconsistent.
"""

from dataclasses import replace

import numpy as np

from storage.ledger.battles import BOTH_BAD, COLUMNS, FRACTIONAL, MODEL_A, MODEL_B, TIE, Battles, FloatArray, IdArray
from storage.ledger.pair_votes import SCORED, CallColumns, PairVotes


def shares_by_order(votes: PairVotes, calls: CallColumns) -> tuple[FloatArray, FloatArray]:
    """For each judgement the share of the response shown first, as it is and swapped; NaN where nothing was said."""
    found = []
    for is_swapped in (False, True):
        chosen = calls.swapped == is_swapped
        share = np.full(len(votes.battles), np.nan)
        row = _rows_of(votes, calls.judgement[chosen])
        share[row[row >= 0]] = calls.share[chosen][row >= 0]
        found.append(share)
    return found[0], found[1]


def battles_of_calls(votes: PairVotes, calls: CallColumns) -> Battles:
    """One battle per call, sides as shown; judgements without calls stay as they are if they have a score."""
    row = _rows_of(votes, calls.judgement)
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
    """Of the verdicts that prefer a response: whether it is the one shown first, and their questions."""
    decisive = (battles.score != 0.5) & (battles.outcome != BOTH_BAD)
    return battles.score[decisive] > 0.5, battles.question[decisive].astype(np.int64)


def _rows_of(votes: PairVotes, positions: IdArray) -> IdArray:
    """Row of each position among the votes, -1 where there is none; positions of votes ascend."""
    have = votes.battles.position
    if not len(have):
        return np.full(len(positions), -1, np.int64)
    place = np.minimum(np.searchsorted(have, positions), len(have) - 1)
    return np.where(have[place] == positions, place, -1).astype(np.int64)


def _outcomes(share: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    chosen = np.select([share == 1.0, share == 0.0, share == 0.5], [MODEL_A, MODEL_B, TIE], FRACTIONAL)
    return chosen.astype(np.int8)
