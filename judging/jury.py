"""A jury: one verdict from several judges, on what all of them were asked.

What the members said stays as it is; the jury is a judge of its own. A member without a verdict is no vote for
anything: below a quorum of more than half the jury has none either.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from judging.run.judge import LOCAL_SOURCE
from storage.database.engine import Database
from storage.errors import BadInput, NotFound
from storage.judges.judgments import (
    FinishedItem,
    JudgeIdentity,
    JudgmentKey,
    LedgerKind,
    add_ended,
    ensure_judge,
    judged,
)
from storage.judges.replies import JuryKey, MemberJudgment, find_judges, member_verdicts
from storage.values import Json, JudgmentState, ScoreState, Winner, canonical_json, digest

JuryRule = Literal["majority", "mean"]

NO_QUORUM, NO_MAJORITY = "no_quorum", "no_majority"
FORM = "jury"

_WINNERS = {1.0: Winner.model_a, 0.0: Winner.model_b, 0.5: Winner.tie}


@dataclass
class JuryTally:
    """What a jury came to.

    Attributes:
        outcomes: verdicts, and failures by cause.
        unanimous: verdicts of which all members were for the same side; of scores, that are all equal.
        judged_before: what this jury had judged already.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    unanimous: int = 0
    judged_before: int = 0


def jury_identity(name: str, members: Sequence[str], rule: JuryRule) -> JudgeIdentity:
    """The jury as a rater.

    Raises:
        BadInput: fewer than two members, or one twice.
    """
    if len(members) < 2 or len(set(members)) < len(members):
        raise BadInput(f"expected two or more different judges as --member, got {', '.join(members) or 'none'}")
    settings: Json = {"members": sorted(members), "rule": rule}
    mark = digest(canonical_json(settings))
    return JudgeIdentity(name or f"jury of {len(members)} by {rule} {mark[:6]}", FORM, mark, settings)


def pair_row(key: JuryKey, votes: Sequence[MemberJudgment | None], rule: JuryRule) -> Json:
    """The jury's row on one pair.

    Args:
        key: the pair, as the members' shares are oriented.
        votes: each member's, None where it was not asked.
        rule: `majority` of sides over all members, or `mean` of their shares.
    """
    row: Json = {
        "question_id": key.question,
        "model_a_id": key.models[0],
        "model_b_id": key.models[1],
        "response_a_id": key.responses[0],
        "response_b_id": key.responses[1],
        "turn": key.turn or None,
        "sample": key.sample,
        "form": FORM,
    }
    spoken = [vote for vote in votes if vote is not None and vote.state != JudgmentState.failed]
    shares = [vote.score for vote in spoken if vote.score is not None]
    if 2 * (len(spoken) if rule == "majority" else len(shares)) <= len(votes):
        return row | {"state": JudgmentState.failed, "cause": NO_QUORUM}
    if rule == "mean":
        mean = sum(shares) / len(shares)
        return row | {"state": JudgmentState.scored, "score": mean, "winner": _WINNERS.get(mean)}
    sides = Counter(_side(vote) for vote in spoken)
    side, count = sides.most_common(1)[0]
    if 2 * count <= len(votes):
        return row | {"state": JudgmentState.failed, "cause": NO_MAJORITY}
    if side is None:
        return row | {"state": JudgmentState.inconsistent}
    return row | {"state": JudgmentState.scored, "score": side, "winner": _WINNERS[side]}


def score_row(key: JuryKey, votes: Sequence[MemberJudgment | None]) -> Json:
    """The jury's mean score of one response on one dimension.

    Raises:
        BadInput: members score on different scales.
    """
    asked = [vote for vote in votes if vote is not None]
    scales = {vote.scale for vote in asked if vote.scale is not None}
    if len(scales) != 1:
        raise BadInput("expected members that score on one scale, got several; choose judges with prompts of one scale")
    low, high = next(iter(scales))
    row: Json = {
        "question_id": key.question,
        "model_id": key.models[0],
        "response_id": key.responses[0],
        "dimension": key.dimension,
        "turn": key.turn or None,
        "sample": key.sample,
        "scale_low": low,
        "scale_high": high,
    }
    scores = [vote.score for vote in asked if vote.score is not None]
    if 2 * len(scores) <= len(votes):
        return row | {"state": ScoreState.failed, "cause": NO_QUORUM}
    return row | {"state": ScoreState.scored, "score": sum(scores) / len(scores)}


def is_unanimous(votes: Sequence[MemberJudgment | None]) -> bool:
    """Whether every member has a verdict, and all the same one."""
    sides = {None if vote is None else _side(vote) for vote in votes}
    return None not in sides and len(sides) == 1


def align_judgments(
    members: Mapping[str, Mapping[JuryKey, MemberJudgment]],
) -> dict[JuryKey, list[MemberJudgment | None]]:
    """Each thing that any member was asked, with every member's verdict, in the orientation of the first."""
    found: dict[JuryKey, list[MemberJudgment | None]] = {}
    for place, verdicts in enumerate(members.values()):
        for key, vote in verdicts.items():
            turned = key.turned()
            if turned is not None and turned in found and key not in found:
                own, said = turned, vote.turned()
            else:
                own, said = key, vote
            found.setdefault(own, [None] * len(members))[place] = said
    return found


def unknown_member(name: str) -> NotFound:
    """The error for a judge that is not in the store."""
    return NotFound(f"expected a judge of the store as --member, got {name!r}; see `evenhand list judges`")


def _side(vote: MemberJudgment) -> float | None:
    """1 for A, 0 for B, 0.5 for a tie, of scores the score itself; None for an inconsistent verdict."""
    if vote.score is None or vote.scale is not None:
        return vote.score
    return 0.5 if vote.score == 0.5 else float(vote.score > 0.5)


_BATCH = 2_000


def run_jury(
    database: Database, kind: LedgerKind, members: Sequence[str], rule: JuryRule, *, name: str, now: datetime
) -> tuple[str, JuryTally]:
    """Judge everything that members have judged and this jury has not; the jury's name and what it came to.

    Args:
        database: that holds the members' verdicts.
        kind: verdicts on pairs, or scores of single responses.
        members: names of judges.
        rule: how verdicts on pairs are put together; scores are averaged.
        name: of the jury, empty to make one.
        now: time of its rows.

    Raises:
        BadInput: fewer than two members, different scales, or nothing that any of them judged.
        NotFound: a member is not in the store.
    """
    identity = jury_identity(name, members, rule)
    with database.reading() as session:
        known = find_judges(session, list(members))
        for member in members:
            if member not in known:
                raise unknown_member(member)
        lined = align_judgments({member: member_verdicts(session, kind, known[member]) for member in members})
    if not lined:
        raise BadInput("expected members that judged stored responses, got none that did; let them judge first")
    tally = JuryTally()
    with database.writing() as session:
        rater = ensure_judge(session, identity, source=LOCAL_SOURCE, now=now)
    with database.reading() as session:
        before = judged(session, kind, rater)
    ended = []
    for key, votes in lined.items():
        earlier = before.get(JudgmentKey(key.responses, key.turn, key.sample))
        if earlier == ():
            tally.judged_before += 1
            continue
        row = pair_row(key, votes, rule) if kind == "judgement" else score_row(key, votes)
        tally.outcomes[str(row.get("cause") or row["state"])] += 1
        tally.unanimous += is_unanimous(votes)
        ended.append(FinishedItem([row], failed_before=earlier or ()))
    for start in range(0, len(ended), _BATCH):
        with database.writing() as session:
            add_ended(session, kind, rater, ended[start : start + _BATCH], now=now)
    return identity.key, tally
