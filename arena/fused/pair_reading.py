"""Read votes and judgments on pairs for a fused fit, aligned by question, turn and pair of responses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

from arena.agreement.votes import equal_rows, placed, split_by_responses
from arena.fused.pool import JudgedPool, Mask, PeopleRows
from arena.fused.sources import LENGTH, SIDE_OF, FusedSource, FusionChoice, checked, describe_sampling, of_judges
from arena.rating.counts import BothBad, IntArray
from arena.rating.evidence import Evidence
from arena.rating.weights import battle_weights
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import BOTH_BAD, Battles, FloatArray, IdArray
from storage.ledger.entries import FAILED, INCONSISTENT
from storage.ledger.pair_votes import CallColumns, PairVotes, read_calls, read_pair_votes
from storage.questions.transcripts import response_texts
from storage.values import RaterKind


@dataclass(frozen=True, eq=False)
class _PairSides:
    """Rows of votes or judgments with codes that people and judges share; one entry per row.

    Attributes:
        low: smaller code of the two models.
        high: larger code of the two models.
        question: code of the question; -1 if unknown.
        key: (n_rows, 4) question, models and turn.
        responses: (n_rows, 2) ids of the responses of both models.
        left: whether `low` was shown first.
        usable: whether the row has a question and two models.
    """

    low: IdArray
    high: IdArray
    question: IdArray
    key: IdArray
    responses: IdArray
    left: Mask
    usable: Mask


def read_fused_pairs(
    session: Session, selection: Selection, choice: FusionChoice, *, both_bad: BothBad = "tie"
) -> FusedSource:
    """Read the input of a fused leaderboard of pairs.

    Raises:
        BadInput: unknown probabilities, or nothing to fuse, see `checked`.
        NotFound: a rater or judge of the selection is not in the store.
    """
    votes = read_pair_votes(session, replace(selection, kind=RaterKind.human))
    said = read_pair_votes(session, of_judges(selection, choice))
    calls = read_calls(session)
    shown = np.unique(np.concatenate([said.battles.response_a, said.battles.response_b]))
    lengths = {identity: float(len(text)) for identity, text in response_texts(session, shown[shown > 0].tolist())}
    return make_source(votes, said, calls, lengths, choice, both_bad=both_bad)


def make_source(
    votes: PairVotes,
    said: PairVotes,
    calls: CallColumns,
    lengths: dict[int, float],
    choice: FusionChoice,
    *,
    both_bad: BothBad = "tie",
) -> FusedSource:
    """Align votes and judgments.

    Args:
        votes: votes of people.
        said: judgments.
        calls: calls of the judges, for the order in which they were asked and the mean over both orders.
        lengths: lengths of responses by id; unknown ones are left out.
        choice: judges that are used, and whether votes are taken as random.
        both_bad: whether a both-bad vote counts as a tie or is left out.

    Raises:
        BadInput: unknown probabilities, or nothing to fuse, see `checked`.
    """
    models = tuple(sorted({*votes.battles.models, *said.battles.models}))
    questions = tuple(sorted({*votes.battles.questions, *said.battles.questions}))
    people, judges = _sides(votes, models, questions), _sides(said, models, questions)
    judges = replace(judges, usable=judges.usable & (said.state != FAILED) & (said.battles.rater >= 0))
    item, pool_item, n_items = _items(people, judges)
    names = tuple(name for name in said.battles.raters if name not in choice.saw_votes)
    pool, orders, by_order = _pool(_Said(said, judges, calls, lengths), pool_item, n_items, names)
    battles = _recoded(votes.battles, models)
    used = people.low != people.high
    if both_bad == "drop":
        used &= votes.battles.outcome != BOTH_BAD
    sampling = describe_sampling(battles.probability[used], assume_random=choice.assume_random)
    judged = np.where((item >= 0) & _has_judge(pool)[item], item, -1) if len(pool) else np.full(len(item), -1)
    rows = _people(people, battles, judged).keep(used)
    if not sampling.assumed and len(rows):
        weights = battle_weights(battles.subset(used), ("sampling",))
        rows = rows if weights is None else replace(rows, weight=weights)
    skipped = tuple(name for name in said.battles.raters if name in choice.saw_votes)
    found = FusedSource(Evidence(battles), rows, pool, orders, sampling, skipped, questions, by_order)
    return checked(found)


def _people(people: _PairSides, battles: Battles, item: IntArray) -> PeopleRows:
    """The votes, each with a weight of one."""
    return PeopleRows(
        first=people.low.astype(np.int32),
        second=people.high.astype(np.int32),
        share=np.where(people.left, battles.score, 1.0 - battles.score),
        item=item,
        rater=battles.rater,
        question=people.question.astype(np.int32),
        group=np.zeros(len(item), np.int32),
        weight=np.ones(len(item)),
        probability=battles.probability,
        left=people.left,
    )


def _has_judge(pool: JudgedPool) -> Mask:
    return np.asarray((~np.isnan(pool.values[:, : pool.n_judges])).any(axis=1), np.bool_)


def _recoded(battles: Battles, models: tuple[str, ...]) -> Battles:
    place = {name: code for code, name in enumerate(models)}
    codes = [place[name] for name in battles.models]
    a, b = placed(codes, battles.a).astype(np.int32), placed(codes, battles.b).astype(np.int32)
    return replace(battles, models=models, a=a, b=b)


def _sides(part: PairVotes, models: Sequence[str], questions: Sequence[str]) -> _PairSides:
    battles = part.battles
    model_place = {name: code for code, name in enumerate(models)}
    question_place = {name: code for code, name in enumerate(questions)}
    codes = [model_place[name] for name in battles.models]
    a, b = placed(codes, battles.a), placed(codes, battles.b)
    question = placed([question_place[name] for name in battles.questions], battles.question)
    left = a < b
    low, high = np.minimum(a, b), np.maximum(a, b)
    shown = battles.response_a, battles.response_b
    responses = np.column_stack([np.where(left, *shown), np.where(left, shown[1], shown[0])])
    key = np.column_stack([question, low, high, part.turn]).astype(np.int64)
    return _PairSides(low, high, question, key, responses, left, (question >= 0) & (low != high))


def _items(people: _PairSides, judges: _PairSides) -> tuple[IntArray, IntArray, int]:
    """Item of each vote and of each judgment, -1 for none, and the number of items with a judgment."""
    usable = np.concatenate([people.usable, judges.usable])
    key = np.concatenate([people.key, judges.key])[usable]
    base = equal_rows(key)
    item = np.full(len(usable), -1, np.int64)
    item[usable] = split_by_responses(base, np.concatenate([people.responses, judges.responses])[usable])
    n = len(people.low)
    of_votes, of_judges_ = item[:n], item[n:]
    judged = np.unique(of_judges_[of_judges_ >= 0])
    place = np.full(int(item.max(initial=-1)) + 2, -1, np.int64)
    place[judged] = np.arange(len(judged))
    return place[of_votes], place[of_judges_], len(judged)


@dataclass(frozen=True, eq=False)
class _Said:
    """Judgments with their codes, their calls, and the lengths of responses by id."""

    votes: PairVotes
    sides: _PairSides
    calls: CallColumns
    lengths: dict[int, float]


def _pool(
    given: _Said, item: IntArray, n_items: int, names: tuple[str, ...]
) -> tuple[JudgedPool, tuple[int, ...], FloatArray]:
    """The judged pairs, the number of orders of each judge, and the shares of each order."""
    said, judges = given.votes, given.sides
    asked = _averaged(said, judges, given.calls)
    values, orders, sides = [], [], {}
    by_order = np.full((n_items, len(names), 2), np.nan)
    for column, name in enumerate(names):
        own = (said.battles.rater == said.battles.raters.index(name)) & (item >= 0)
        at = item[own]
        values.append(_mean_of(at, asked.share[own], n_items))
        flags = [np.bincount(at, shown[own], n_items) > 0.0 for shown in asked.shown]
        for order, share in enumerate(asked.by_order):
            known = ~np.isnan(share[own])
            by_order[:, column, order] = _mean_of(at[known], share[own][known], n_items)
        told = ~np.isnan(values[-1])
        both = int((flags[0] & flags[1])[told].sum())
        orders.append(2 if 2 * both >= max(int(told.sum()), 1) else 1)
        if orders[-1] == 1:
            sides[SIDE_OF + name] = np.where(told, flags[0] * 1.0 - flags[1] * 1.0, np.nan)
    row = np.zeros(n_items, np.int64)
    row[item[item >= 0]] = np.flatnonzero(item >= 0)
    features = _different(
        {name: column for name, column in sides.items() if len(np.unique(column[~np.isnan(column)])) > 1}
    )
    length = _length(judges.responses[row], given.lengths)
    if (~np.isnan(length)).any():
        features[LENGTH] = length
    columns = [*values, *features.values()]
    pool = JudgedPool(
        names=(*names, *features),
        n_judges=len(names),
        first=judges.low[row].astype(np.int32),
        second=judges.high[row].astype(np.int32),
        question=judges.question[row].astype(np.int32),
        group=np.zeros(n_items, np.int32),
        values=np.column_stack(columns) if columns else np.zeros((n_items, 0)),
    )
    return pool, tuple(orders), by_order


def _different(columns: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The columns without those equal to an earlier one, as the sides of judges asked in the same order are."""
    kept: dict[str, FloatArray] = {}
    for name, column in columns.items():
        if not any(np.array_equal(column, other, equal_nan=True) for other in kept.values()):
            kept[name] = column
    return kept


@dataclass(frozen=True, eq=False)
class _Asked:
    """Judgments, from the first model of the item; one entry per judgment.

    Attributes:
        share: share of the first model, the mean over both orders.
        by_order: the same where it was shown first, and where second; NaN where that is unknown.
        shown: whether the judgment has each of the two orders.
    """

    share: FloatArray
    by_order: tuple[FloatArray, FloatArray]
    shown: tuple[Mask, Mask]


def _averaged(said: PairVotes, judges: _PairSides, calls: CallColumns) -> _Asked:
    """The judgments with their orders.

    An inconsistent judgment is the mean of its calls, or half a point without any stored call.
    """
    battles, n = said.battles, len(said.battles)
    place = np.minimum(np.searchsorted(battles.position, calls.judgment), max(n - 1, 0))
    mine = battles.position[place] == calls.judgment if n else np.zeros(len(calls.judgment), bool)
    row, swapped = place[mine], calls.swapped[mine]
    of_a = np.where(swapped, 1.0 - calls.share[mine], calls.share[mine])
    straight, turned = (_mean_of(row[side], of_a[side], n) for side in (~swapped, swapped))
    mean = _mean_of(row, of_a, n)
    is_split, no_calls = said.state == INCONSISTENT, np.isnan(mean)
    share = np.where(is_split, np.where(no_calls, 0.5, mean), battles.score)
    a_first = np.where(no_calls & ~is_split, battles.score, straight)
    has_a, has_b = ~np.isnan(a_first) | (no_calls & is_split), ~np.isnan(turned) | (no_calls & is_split)
    left = judges.left
    by_order = np.where(left, a_first, 1.0 - turned), np.where(left, turned, 1.0 - a_first)
    shown = np.where(left, has_a, has_b), np.where(left, has_b, has_a)
    return _Asked(np.where(left, share, 1.0 - share), by_order, shown)


def _mean_of(codes: IntArray, values: FloatArray, n: int) -> FloatArray:
    """Mean of the values of each code; NaN for a code without one."""
    times = np.bincount(codes, minlength=n)
    total = np.bincount(codes, values, n)
    mean: FloatArray = np.divide(total, times, out=np.full(n, np.nan), where=times > 0)
    return mean


def _length(responses: IdArray, lengths: dict[int, float]) -> FloatArray:
    first, second = (np.array([lengths.get(one, np.nan) for one in column.tolist()]) for column in responses.T)
    return np.asarray((first - second) / (first + second + 1.0), np.float64)
