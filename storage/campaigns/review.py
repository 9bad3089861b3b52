"""What reviewers look at: pairs on which raters disagree or that they flagged, and all remarks of raters."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session

from storage.campaigns.gold import TURNED
from storage.campaigns.rater_votes import shown_names
from storage.database.columns import table_of
from storage.database.ledger_tables import Comment, Preference
from storage.database.tables import Ballot, Question, Response
from storage.errors import NotFound
from storage.ledger import standing
from storage.ledger.adjudications import PairId, ReviewDecision, decisions
from storage.ledger.standing import EXCLUSION
from storage.questions.model_names import STANDING_MODELS, standing_names
from storage.values import BallotState, SpecialDraw, Winner

_PREFERENCE, _BALLOT, _COMMENT = table_of(Preference), table_of(Ballot), table_of(Comment)
_QUESTION, _RESPONSE, _MODEL = table_of(Question), table_of(Response), STANDING_MODELS


class PairLabels(NamedTuple):
    """The names of a pair: source and key of the question, and both models."""

    source: str
    question: str
    model_a: str
    model_b: str


@dataclass(frozen=True)
class DisputedPair:
    """A pair of a campaign on which its raters disagree, or that one of them flagged.

    Attributes:
        pair: ids of the pair.
        source: source of the question.
        question: key of the question.
        model_a: model of response A.
        model_b: model of response B.
        votes: number of standing votes by choice, in terms of A and B; flagged votes are among them.
        flags: number of flags by fault, on votes and on skipped ballots.
        split: share of the votes that are not for the leading choice, a tie and both bad as one; 0 to below 1.
        decision: the decision in force; None for a pair that waits for one.
    """

    pair: PairId
    source: str
    question: str
    model_a: str
    model_b: str
    votes: dict[str, int]
    flags: dict[str, int]
    split: float
    decision: ReviewDecision | None


@dataclass(frozen=True)
class Remark:
    """Something that a rater wrote or chose beside a vote, or instead of one.

    Attributes:
        at: time of the vote or skip.
        rater: user name, or the key of a rater without an account.
        source: source of the question.
        question: key of the question.
        left: model shown left.
        right: model shown right; None where only one response was shown.
        vote: vote in terms of the sides shown; None for a skip, a score and a vote that was taken back.
        flag: fault that the rater reported; None without one.
        skip: reason of a skip; None for a vote.
        comment: free text; None without one, or after it was erased.
    """

    at: datetime
    rater: str
    source: str
    question: str
    left: str
    right: str | None
    vote: str | None
    flag: str | None
    skip: str | None
    comment: str | None


def disputed_pairs(session: Session, campaign_id: int, *, decided: bool = False) -> list[DisputedPair]:
    """The pairs that wait for a decision, those with the most divided votes first; with `decided`, those that have one.

    Votes of excluded raters, on gold items and on repeats are left out.
    """
    votes: dict[PairId, Counter[str]] = {}
    flags: dict[PairId, Counter[str]] = {}
    for pair, winner, flag in _given(session, campaign_id):
        if winner is not None:
            votes.setdefault(pair, Counter())[winner] += 1
        if flag is not None:
            flags.setdefault(pair, Counter())[flag] += 1
    made = {one.pair: one for one in decisions(session, campaign_id=campaign_id)}
    wanted = [
        pair
        for pair in {**votes, **flags, **made}
        if (pair in made) is decided and (decided or pair in flags or _split(votes[pair]) > 0)
    ]
    labels = _labels(session, wanted)
    found = [
        DisputedPair(
            pair,
            labels[pair].source,
            labels[pair].question,
            labels[pair].model_a,
            labels[pair].model_b,
            votes={winner.value: votes.get(pair, Counter())[winner.value] for winner in Winner},
            flags=dict(flags.get(pair, Counter())),
            split=_split(votes.get(pair, Counter())),
            decision=made.get(pair),
        )
        for pair in wanted
    ]
    return sorted(found, key=lambda one: (-one.split, -sum(one.flags.values()), one.source, one.question, one.pair))


def pair_named(session: Session, campaign_id: int, question: str, model_a: str, model_b: str) -> tuple[PairId, bool]:
    """A pair of a campaign by its names, and whether `model_a` is response B of the pair.

    Raises:
        NotFound: the campaign has no ballot on such a pair.
    """
    meant = standing_names(session, [model_a, model_b])
    first, second, a, b = _RESPONSE.alias(), _RESPONSE.alias(), _MODEL.alias(), _MODEL.alias()
    chosen = (
        select(_BALLOT.c.question_id, _BALLOT.c.response_a_id, _BALLOT.c.response_b_id, a.c.name)
        .distinct()
        .join(_QUESTION, _QUESTION.c.id == _BALLOT.c.question_id)
        .join(first, first.c.id == _BALLOT.c.response_a_id)
        .join(second, second.c.id == _BALLOT.c.response_b_id)
        .join(a, a.c.id == first.c.model_id)
        .join(b, b.c.id == second.c.model_id)
        .where(
            _BALLOT.c.campaign_id == campaign_id,
            or_(_QUESTION.c.key == question, _QUESTION.c.source + "/" + _QUESTION.c.key == question),
            a.c.name.in_(meant.values()),
            b.c.name.in_(meant.values()),
        )
    )
    rows = session.execute(chosen).all()
    if len(rows) != 1 or len(set(meant.values())) != 2:
        raise NotFound(
            f"expected one pair of {model_a!r} and {model_b!r} on {question!r} with a ballot in this campaign, found "
            f"{len(rows) or 'none'}; see `evenhand campaign disagreements`, and name it SOURCE/KEY"
        )
    row = rows[0]
    return PairId(campaign_id, row[0], row[1], row[2]), row[3] != meant[model_a]


def remarks(session: Session, campaign_id: int) -> list[Remark]:
    """Every flag, skip reason and comment of a campaign, the latest first; those of excluded raters are among them."""
    first, second, a, b = _RESPONSE.alias(), _RESPONSE.alias(), _MODEL.alias(), _MODEL.alias()
    body = (
        select(_COMMENT.c.body)
        .where(_COMMENT.c.ballot_id == _BALLOT.c.id)
        .order_by(_COMMENT.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    vote = (
        select(_PREFERENCE.c.winner)
        .where(_PREFERENCE.c.ballot_id == _BALLOT.c.id, standing.stands(_PREFERENCE))
        .limit(1)
        .scalar_subquery()
    )
    chosen = (
        select(_BALLOT, _QUESTION.c.source, _QUESTION.c.key, a.c.name.label("a"), b.c.name.label("b"))
        .add_columns(body.label("body"), vote.label("vote"))
        .select_from(_BALLOT)
        .join(_QUESTION, _QUESTION.c.id == _BALLOT.c.question_id)
        .join(first, first.c.id == _BALLOT.c.response_a_id)
        .join(a, a.c.id == first.c.model_id)
        .outerjoin(second, second.c.id == _BALLOT.c.response_b_id)
        .outerjoin(b, b.c.id == second.c.model_id)
        .where(
            _BALLOT.c.campaign_id == campaign_id,
            _BALLOT.c.state.in_((BallotState.voted, BallotState.skipped)),
            or_(_BALLOT.c.flag.is_not(None), _BALLOT.c.reason.is_not(None), body.is_not(None)),
        )
        .order_by(_BALLOT.c.closed_at.desc(), _BALLOT.c.id.desc())
    )
    names = shown_names(session)
    return [
        Remark(
            at=row.closed_at,
            rater=names[row.rater_id],
            source=row.source,
            question=row.key,
            left=row.b if row.swapped else row.a,
            right=row.a if row.swapped else row.b,
            vote=row.vote,
            flag=row.flag,
            skip=row.reason,
            comment=row.body,
        )
        for row in session.execute(chosen)
    ]


def _given(session: Session, campaign_id: int) -> Iterable[tuple[PairId, str | None, str | None]]:
    """Pair, vote in terms of A and B, and flag of each standing vote, and of each skipped ballot with a flag."""
    ballot, vote = _BALLOT, _PREFERENCE
    ids = (ballot.c.question_id, ballot.c.response_a_id, ballot.c.response_b_id)
    here: tuple[ColumnElement[bool], ...] = (
        ballot.c.campaign_id == campaign_id,
        ballot.c.response_b_id.is_not(None),
        ballot.c.policy.not_in(list(SpecialDraw)),
    )
    voted = session.execute(
        select(*ids, vote.c.winner, ballot.c.swapped, vote.c.flag)
        .select_from(vote)
        .join(ballot, ballot.c.id == vote.c.ballot_id)
        .where(*here, standing.counts(vote))
    )
    for question, one, other, winner, swapped, flag in voted:
        meant = Winner(winner)
        yield PairId(campaign_id, question, one, other), TURNED.get(meant, meant) if swapped else meant, flag
    skipped = session.execute(
        select(*ids, ballot.c.flag).where(
            *here,
            ballot.c.state == BallotState.skipped,
            ballot.c.flag.is_not(None),
            ballot.c.rater_id.not_in(standing.excluded(EXCLUSION.c.rater_id)),
            ballot.c.question_id.not_in(standing.excluded(EXCLUSION.c.question_id)),
        )
    )
    for question, one, other, flag in skipped:
        yield PairId(campaign_id, question, one, other), None, flag


def _split(votes: Counter[str]) -> float:
    """The share of the votes that are not for the leading choice; a tie and both bad are one choice."""
    total = votes.total()
    ties = votes[Winner.tie] + votes[Winner.both_bad]
    return 1.0 - max(votes[Winner.model_a], votes[Winner.model_b], ties) / total if total else 0.0


def _labels(session: Session, pairs: Iterable[PairId]) -> dict[PairId, PairLabels]:
    """Source and key of the question and both models of each pair."""
    wanted = list(pairs)
    questions = {
        int(row.id): (str(row.source), str(row.key))
        for row in session.execute(
            select(_QUESTION.c.id, _QUESTION.c.source, _QUESTION.c.key).where(
                _QUESTION.c.id.in_({one.question_id for one in wanted})
            )
        )
    }
    sides = {side for one in wanted for side in (one.response_a_id, one.response_b_id)}
    named = session.execute(
        select(_RESPONSE.c.id, _MODEL.c.name)
        .join(_MODEL, _MODEL.c.id == _RESPONSE.c.model_id)
        .where(_RESPONSE.c.id.in_(sides))
    )
    models = {int(number): str(name) for number, name in named}
    return {
        one: PairLabels(*questions[one.question_id], models[one.response_a_id], models[one.response_b_id])
        for one in wanted
    }
