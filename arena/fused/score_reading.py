"""Read scores of single responses by people and judges for a fused fit, aligned by response and dimension."""

from dataclasses import replace

import numpy as np
from sqlmodel import Session

from arena.agreement.votes import equal_rows, placed, split_by_responses
from arena.fused.pool import JudgedPool, PeopleRows
from arena.fused.sources import FusedSource, FusionChoice, checked, describe_sampling, of_judges
from arena.rating.counts import IntArray
from arena.rating.evidence import Evidence
from storage.ledger.battle_reading import Selection
from storage.ledger.battles import Battles, IdArray
from storage.ledger.pair_votes import ScoreDetails, read_score_details
from storage.ledger.scores import Scores, read_scores
from storage.values import RaterKind


def read_fused_scores(session: Session, selection: Selection, choice: FusionChoice) -> FusedSource:
    """Read the input of a fused leaderboard of mean satisfaction.

    Raises:
        BadInput: unknown probabilities, or nothing to fuse, see `checked`.
        NotFound: a rater or judge of the selection is not in the store.
    """
    people = read_scores(session, replace(selection, kind=RaterKind.human))
    judges = read_scores(session, of_judges(selection, choice))
    details = read_score_details(session)
    models = tuple(sorted({*people.models, *judges.models}))
    names = tuple(name for name in judges.raters if name not in choice.saw_votes)
    keys = [_keys(one, details, (people, judges)) for one in (people, judges)]
    base = equal_rows(np.concatenate([key for key, _ in keys]))
    item = split_by_responses(base, np.concatenate([response for _, response in keys]))
    of_people, of_judged = item[: len(people)], item[len(people) :]
    allowed = np.isin(judges.rater, [judges.raters.index(name) for name in names]) & (judges.question >= 0)
    judged = np.unique(of_judged[allowed])
    place = np.full(int(item.max(initial=-1)) + 1, -1, np.int64)
    place[judged] = np.arange(len(judged))
    pool = _pool(judges, keys[1][0], np.where(allowed, place[of_judged], -1), len(judged), names)
    at = np.where(people.question >= 0, place[of_people], -1)
    model, question, dimension = (keys[0][0][:, column].astype(np.int32) for column in (1, 0, 2))
    unknown = np.full(len(at), np.nan)
    rows = PeopleRows(
        first=model,
        second=model,
        share=people.value,
        item=at,
        rater=people.rater,
        question=question,
        group=dimension,
        weight=np.ones(len(at)),
        probability=unknown,
        left=np.zeros(len(at), np.bool_),
    )
    sampling = describe_sampling(unknown, assume_random=choice.assume_random)
    moved = replace(people, models=models, model=model)
    skipped = tuple(name for name in judges.raters if name in choice.saw_votes)
    evidence = Evidence(Battles.empty(models), moved)
    questions = tuple(sorted({*people.questions, *judges.questions}))
    orders, by_order = (0,) * len(names), np.zeros((len(pool), 0, 2))
    return checked(FusedSource(evidence, rows, pool, orders, sampling, skipped, questions, by_order))


def _keys(one: Scores, details: ScoreDetails, both: tuple[Scores, Scores]) -> tuple[IdArray, IdArray]:
    """Question, model, dimension and turn of each score, and its response."""
    columns = []
    for kind, codes in (("questions", one.question), ("models", one.model), ("dimensions", one.dimension)):
        known = {
            name: code for code, name in enumerate(sorted({name for part in both for name in getattr(part, kind)}))
        }
        columns.append(placed([known[name] for name in getattr(one, kind)], codes))
    at = np.searchsorted(details.position, one.position)
    return np.column_stack([*columns, details.turn[at]]).astype(np.int64), details.response[at][:, None]


def _pool(judges: Scores, key: IdArray, item: IntArray, n_items: int, names: tuple[str, ...]) -> JudgedPool:
    values = np.full((n_items, len(names)), np.nan)
    for column, name in enumerate(names):
        own = (judges.rater == judges.raters.index(name)) & (item >= 0)
        times = np.bincount(item[own], minlength=n_items)
        total = np.bincount(item[own], judges.value[own], n_items)
        values[:, column] = np.divide(total, times, out=np.full(n_items, np.nan), where=times > 0)
    row = np.zeros(n_items, np.int64)
    row[item[item >= 0]] = np.flatnonzero(item >= 0)
    question, model, dimension = (key[row, column].astype(np.int32) for column in (0, 1, 2))
    return JudgedPool(names, len(names), model, model, question, dimension, values)
