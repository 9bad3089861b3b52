"""Gold items from a file, or from votes that agree.

A row names a question by its key (and its source, where several questions have the key), a `model_a` with a
`model_b` and the `winner`, or, in a campaign of scores, a `model` with the accepted range `score_low` to `score_high`
of a `dimension`; `explanation` and `onboarding` are optional.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from arena.campaigns.blindness import check_hides
from arena.campaigns.scoring import ScoringCampaign
from storage.audit import Subject, record
from storage.campaigns import gold
from storage.campaigns.campaigns import campaign_row, names, showable_responses
from storage.campaigns.gold import TURNED, GoldPair
from storage.errors import BadInput, EvenhandError, NotFound
from storage.exchange.formats.winner_labels import meaning_of, parse_labels
from storage.exchange.rows import fields
from storage.exchange.rows.files import open_rows
from storage.exchange.rows.problems import Problems
from storage.questions.model_names import standing_names
from storage.values import CampaignKind, RatingLayout, Winner

COLUMNS = frozenset(
    "source question model_a model_b winner model dimension score_low score_high explanation onboarding".split()
)
OVERALL = "overall"
"""Dimension of a gold score that names none."""

FEWEST_AGREEING = 3
"""Fewest votes that must agree on a pair before it becomes a gold item."""


@dataclass(frozen=True)
class GoldRow:
    """One gold item as its file names it.

    Attributes:
        where: file and line, for messages.
        source: source of the question; None where its key alone says which.
        question: key of the question.
        model_a: first model, or the only one.
        model_b: second model; None for a single response.
        winner: right answer in terms of `model_a` and `model_b`; None for a single response.
        dimension: dimension of the score; None for `overall` or the only one, and for a pair.
        score_low: lowest accepted score; None for a pair.
        score_high: highest accepted score; None for a pair.
        explanation: why the answer is right; None without one.
        onboarding: whether the item is asked first, with feedback.
    """

    where: str
    source: str | None
    question: str
    model_a: str
    model_b: str | None
    winner: Winner | None
    dimension: str | None
    score_low: float | None
    score_high: float | None
    explanation: str | None
    onboarding: bool


def read_gold_rows(path: Path, *, onboarding: bool) -> list[GoldRow]:
    """The gold items of a JSONL, JSON, CSV or Parquet file.

    Args:
        path: the file.
        onboarding: whether rows that do not say it are asked first.

    Raises:
        BadRows: a row lacks a question, a model or the answer, or has an answer that is none; each with its line.
        BadInput: the file cannot be read.
    """
    problems = Problems(path.name)
    found: list[GoldRow] = []
    with open_rows(path, problems) as file:
        for line, row in file.rows:
            try:
                found.append(_read(row, f"{path.name}:{line}", onboarding))
            except BadInput as error:
                problems.add(line, str(error))
    problems.raise_any()
    if not found:
        raise BadInput(f"expected gold items, but {str(path)!r} has no rows; write one row per item")
    return found


def add_gold_rows(session: Session, campaign_id: int, rows: Sequence[GoldRow], *, now: datetime) -> tuple[int, int]:
    """Store gold items of a campaign, all or none, and return the numbers of new and of replaced items.

    Raises:
        BadInput: two rows are about the same pair, a question or response cannot be shown, or an answer is not one
            that the campaign asks for.
        NotFound: a model is not in the store.
    """
    campaign = campaign_row(session, campaign_id)
    offered = {response for _, _, response in showable_responses(session, campaign_id)}
    hidden = names(session, campaign_id)[0]
    items: dict[tuple[Any, ...], GoldPair] = {}
    for row in rows:
        item = _placed(session, row)
        try:
            item = _fitting(campaign, item, offered)
            check_hides(row.explanation or "", hidden, what="explanation of a gold item")
        except EvenhandError as error:
            raise type(error)(f"{row.where}: {error}") from error
        key = (*item.pair, item.dimension)
        if key in items:
            raise BadInput(f"{row.where}: expected one gold item per pair or score, got a second one; leave one out")
        items[key] = item
    return gold.add_gold(session, campaign_id, list(items.values()), now=now)


def replace_gold_rows(
    session: Session,
    campaign_id: int,
    present: Mapping[int, GoldRow],
    wanted: Sequence[GoldRow],
    *,
    now: datetime,
) -> None:
    """Make the wanted rows the gold items of a campaign; items that are among them already keep their answers.

    Args:
        session: a writing session.
        campaign_id: the campaign.
        present: the items in force by number.
        wanted: the items that there should be.
        now: the present time.

    Raises:
        BadInput: as `add_gold_rows`.
        NotFound: a model is not in the store.
    """
    gone, fresh = gold_difference(present, wanted)
    gold.remove_gold(session, gone, now=now)
    add_gold_rows(session, campaign_id, fresh, now=now)
    record(session, Subject.campaign, campaign_id, "gold_rows", old=len(present), new=len(wanted))


def gold_difference(present: Mapping[int, GoldRow], wanted: Sequence[GoldRow]) -> tuple[list[int], list[GoldRow]]:
    """The numbers of the items that are not wanted, and the wanted rows that are no items yet."""
    rows = [replace(row, where="") for row in wanted]
    here = {number: replace(row, where="") for number, row in present.items()}
    gone = [number for number, row in here.items() if row not in rows]
    return gone, [row for row, bare in zip(wanted, rows, strict=True) if bare not in here.values()]


def check_gold_rows(session: Session, rows: Sequence[GoldRow]) -> None:
    """Check that the questions and responses of gold items can be shown.

    Raises:
        BadInput: a question or response cannot be shown.
        NotFound: a model is not in the store.
    """
    for row in rows:
        _placed(session, row)


def gold_questions(session: Session, rows: Sequence[GoldRow]) -> set[int]:
    """The ids of the questions of gold items.

    Raises:
        BadInput: a question or response cannot be shown.
        NotFound: a model is not in the store.
    """
    return {_placed(session, row).question_id for row in rows}


def _placed(session: Session, row: GoldRow) -> GoldPair:
    """The item with the ids of the store; errors name the row."""
    try:
        return _found(session, row)
    except EvenhandError as error:
        raise type(error)(f"{row.where}: {error}") from error


def add_agreed_pairs(
    session: Session, campaign_id: int, *, least: int, most: int, onboarding: bool, now: datetime
) -> tuple[int, int]:
    """Make gold items of pairs on which all votes of the campaign agree, and return the numbers of new and replaced.

    Pairs with the most votes would be better known, but all that qualify have the same winner in every vote, so the
    order of the questions decides which are taken. Their votes keep counting; the pairs are drawn no more.

    Args:
        session: a writing session.
        campaign_id: the campaign.
        least: fewest votes that agree, 2 or more.
        most: largest number of items.
        onboarding: whether the items are asked first, with feedback.
        now: the present time.

    Raises:
        BadInput: a number out of its range, or no pair with enough votes that agree.
    """
    if least < 2:
        raise BadInput(f"expected at least 2 votes that agree on a gold item, got {least}; one vote is no agreement")
    if most < 1:
        raise BadInput(f"expected at least 1 gold item to take, got {most}; choose another number")
    known = {one.pair for one in gold.gold_pairs(session, campaign_id)}
    pairs = [one for one in gold.agreed_pairs(session, campaign_id, least=least) if one[:3] not in known][:most]
    if not pairs:
        raise BadInput(
            f"expected pairs with {least} or more votes that all agree, got none; wait for more votes, lower "
            "the number, or give gold items in a file"
        )
    items = [
        GoldPair(0, question, a, b, winner, None, None, None, None, onboarding) for question, a, b, winner in pairs
    ]
    return gold.add_gold(session, campaign_id, items, now=now)


def _read(row: Mapping[str, Any], where: str, onboarding: bool) -> GoldRow:  # noqa: FBT001
    unknown = sorted(row.keys() - COLUMNS)
    if unknown:
        raise BadInput(f"expected the columns {', '.join(sorted(COLUMNS))}, got {unknown[0]!r}; rename or remove it")
    is_pair = fields.optional_name(row, "model") is None
    models = [fields.name(row, "model_a"), fields.name(row, "model_b")] if is_pair else [fields.name(row, "model")]
    low, high = fields.number(row, "score_low"), fields.number(row, "score_high")
    winner = None
    if is_pair:
        if row.get("winner") in (None, ""):
            raise BadInput("expected the right answer of a gold item in column 'winner', got none; fill it in")
        winner = meaning_of(row["winner"], parse_labels([]), models)
    elif low is None or high is None or low > high:
        raise BadInput(f"expected an accepted range score_low to score_high, got {low} to {high}; fill both in")
    first = fields.yes_no(row, "onboarding")
    return GoldRow(
        where,
        fields.optional_name(row, "source"),
        fields.name(row, "question"),
        models[0],
        models[1] if is_pair else None,
        winner,
        None if is_pair else fields.optional_name(row, "dimension"),
        None if is_pair else low,
        None if is_pair else high,
        fields.text(row, "explanation"),
        onboarding if first is None else first,
    )


def _found(session: Session, row: GoldRow) -> GoldPair:
    """The item with the ids of the store; of a pair, response A is the one with the smaller id."""
    given = [name for name in (row.model_a, row.model_b) if name is not None]
    meant = standing_names(session, given)
    for name in given:
        if name not in meant:
            raise NotFound(f"no model {name!r} in this store; see `evenhand list models`")
    names = [meant[name] for name in given]
    if len(set(names)) < len(names):
        raise BadInput(f"expected two different models, got {given[0]!r} and {given[1]!r}; name another one")
    responses = gold.showable(session, row.source, row.question, names)
    questions = set.intersection(*(set(responses.get(name, {})) for name in names))
    if len(questions) != 1:
        raise BadInput(
            f"expected a question {row.question!r} with a text, and a response of {' and '.join(given)} that can be "
            f"shown, got {len(questions) or 'none'} of them; check the key{' and give its source' if questions else ''}"
        )
    question = questions.pop()
    ids = [responses[name][question] for name in names]
    winner = row.winner
    if len(ids) == 2 and ids[0] > ids[1]:
        ids.reverse()
        winner = None if winner is None else TURNED.get(winner, winner)
    return GoldPair(
        0,
        question,
        ids[0],
        ids[1] if len(ids) == 2 else None,
        winner,
        row.dimension,
        row.score_low,
        row.score_high,
        row.explanation,
        row.onboarding,
    )


def _fitting(campaign: ScoringCampaign, item: GoldPair, offered: Collection[int]) -> GoldPair:
    """The item with its dimension filled in.

    Args:
        campaign: columns of the campaign.
        item: a gold item.
        offered: responses that the campaign shows.

    Raises:
        BadInput: a pair in a campaign of scores or a score in one of pairs, a dimension or range that the campaign
            does not ask for, or a response that is not shown side by side with others.
    """
    if campaign.kind == CampaignKind.pairwise:
        if item.response_b_id is None:
            raise BadInput(
                "expected model_a, model_b and winner, because raters of this campaign compare pairs, got one model "
                "with a range of scores; name a pair"
            )
        return item
    if item.response_b_id is not None:
        raise BadInput(
            "expected model, score_low and score_high, because raters of this campaign score single responses, got a "
            "pair; name one model with its range"
        )
    if campaign.layout == RatingLayout.side_by_side and item.response_a_id not in offered:
        raise BadInput(
            "expected a response that the campaign shows side by side, got one of another question or model; choose "
            "one of its own"
        )
    return _with_dimension(campaign, item)


def _with_dimension(campaign: ScoringCampaign, item: GoldPair) -> GoldPair:
    names = list(campaign.dimensions or ())
    dimension = item.dimension
    if dimension is None:
        dimension = names[0] if len(names) == 1 else OVERALL
    if dimension not in names:
        got = "none" if item.dimension is None else repr(item.dimension)
        raise BadInput(f"expected a dimension of this campaign ({', '.join(names)}), got {got}; fill in 'dimension'")
    low, high = campaign.scale_low, campaign.scale_high
    if low is None or high is None or item.score_low is None or item.score_high is None:
        raise BadInput("expected an accepted range of scores, got none; fill in score_low and score_high")
    if item.score_high < low or item.score_low > high:
        raise BadInput(
            f"expected a range within the scale of {low:g} to {high:g}, got {item.score_low:g} to "
            f"{item.score_high:g}; no score could be right"
        )
    if item.score_low <= low and item.score_high >= high:
        raise BadInput(
            f"expected a range that leaves a score out, got the whole scale of {low:g} to {high:g}; every score would "
            "be right"
        )
    return replace(item, dimension=dimension)
