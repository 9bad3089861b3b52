"""Juries: one judgment or score from those of several judges.

The rows of the members stay as they are; the jury is a judge of its own. A member without a judgment counts for no
side: unless more than half of the members have one, the jury has none either.
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
    add_finished,
    ensure_judge,
    judged,
)
from storage.judges.replies import JuryKey, MemberJudgment, find_judges, member_judgments
from storage.values import Json, JudgmentState, ScoreState, Winner, canonical_json, digest

JuryRule = Literal["majority", "mean"]

NO_QUORUM, NO_MAJORITY = "no_quorum", "no_majority"
FORM = "jury"

_ROWS_AT_ONCE = 2_000
_WINNERS = {1.0: Winner.model_a, 0.0: Winner.model_b, 0.5: Winner.tie}


@dataclass
class JuryTally:
    """Counts of a jury run.

    Attributes:
        outcomes: Number of judgments by state, and of failures by cause.
        unanimous: Number of judgments on which all members prefer the same side, or of scores that are all equal.
        judged_before: Number of items that this jury judged before.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    unanimous: int = 0
    judged_before: int = 0


def jury_identity(name: str, members: Sequence[str], rule: JuryRule) -> JudgeIdentity:
    """Identity of the jury as a rater.

    Raises:
        BadInput: Fewer than two members, or one of them twice.
    """
    if len(members) < 2 or len(set(members)) < len(members):
        raise BadInput(f"expected two or more different judges as --member, got {', '.join(members) or 'none'}")
    settings: Json = {"members": sorted(members), "rule": rule}
    mark = digest(canonical_json(settings))
    return JudgeIdentity(name or f"jury of {len(members)} by {rule} {mark[:6]}", FORM, mark, settings)


def pair_row(key: JuryKey, judgments: Sequence[MemberJudgment | None], rule: JuryRule) -> Json:
    """The jury's row for one pair.

    Args:
        key: The pair, in the order of the members' shares.
        judgments: Judgment of each member, None if it did not judge the pair.
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
    valid = [judgment for judgment in judgments if judgment is not None and judgment.state != JudgmentState.failed]
    shares = [judgment.score for judgment in valid if judgment.score is not None]
    if 2 * (len(valid) if rule == "majority" else len(shares)) <= len(judgments):
        return row | {"state": JudgmentState.failed, "cause": NO_QUORUM}
    if rule == "mean":
        mean = sum(shares) / len(shares)
        return row | {"state": JudgmentState.scored, "score": mean, "winner": _WINNERS.get(mean)}
    sides = Counter(_side(judgment) for judgment in valid)
    side, count = sides.most_common(1)[0]
    if 2 * count <= len(judgments):
        return row | {"state": JudgmentState.failed, "cause": NO_MAJORITY}
    if side is None:
        return row | {"state": JudgmentState.inconsistent}
    return row | {"state": JudgmentState.scored, "score": side, "winner": _WINNERS[side]}


def score_row(key: JuryKey, judgments: Sequence[MemberJudgment | None]) -> Json:
    """The jury's row for one response and dimension: the mean score.

    Raises:
        BadInput: The members score on different scales.
    """
    asked = [judgment for judgment in judgments if judgment is not None]
    scales = {judgment.scale for judgment in asked if judgment.scale is not None}
    if len(scales) != 1:
        raise BadInput(
            "expected members that score on one scale, got several scales; choose judges whose prompts have one scale"
        )
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
    scores = [judgment.score for judgment in asked if judgment.score is not None]
    if 2 * len(scores) <= len(judgments):
        return row | {"state": ScoreState.failed, "cause": NO_QUORUM}
    return row | {"state": ScoreState.scored, "score": sum(scores) / len(scores)}


def is_unanimous(judgments: Sequence[MemberJudgment | None]) -> bool:
    """Whether all members have a judgment and it is the same."""
    sides = {None if judgment is None else _side(judgment) for judgment in judgments}
    return None not in sides and len(sides) == 1


def align_judgments(
    members: Mapping[str, Mapping[JuryKey, MemberJudgment]],
) -> dict[JuryKey, list[MemberJudgment | None]]:
    """Judgments of all members for each item, with pairs in the order of the first member that judged them."""
    found: dict[JuryKey, list[MemberJudgment | None]] = {}
    for place, judgments in enumerate(members.values()):
        for key, judgment in judgments.items():
            swapped_key = key.turned()
            if swapped_key is not None and swapped_key in found and key not in found:
                own_key, own = swapped_key, judgment.turned()
            else:
                own_key, own = key, judgment
            found.setdefault(own_key, [None] * len(members))[place] = own
    return found


def unknown_member(name: str) -> NotFound:
    """Error for a judge that is not in the store."""
    return NotFound(f"expected a judge of the store as --member, got {name!r}; see `evenhand list judges`")


def _side(judgment: MemberJudgment) -> float | None:
    """1 for A, 0 for B, 0.5 for a tie; a score for itself; None for an inconsistent judgment."""
    if judgment.score is None or judgment.scale is not None:
        return judgment.score
    return 0.5 if judgment.score == 0.5 else float(judgment.score > 0.5)


def run_jury(
    database: Database, kind: LedgerKind, members: Sequence[str], rule: JuryRule, *, name: str, now: datetime
) -> tuple[str, JuryTally]:
    """Judge all items that members have judged and this jury has not.

    Args:
        database: Store that holds the members' rows.
        kind: Judgments of pairs, or scores of single responses.
        members: Names of the judges.
        rule: Rule for combining judgments of pairs; scores are averaged.
        name: Name of the jury, empty to derive one.
        now: Time of the new rows.

    Returns:
        The jury's name and its counts.

    Raises:
        BadInput: Fewer than two members, different scales, or no item that a member judged.
        NotFound: A member is not in the store.
    """
    identity = jury_identity(name, members, rule)
    with database.reading() as session:
        known = find_judges(session, list(members))
        for member in members:
            if member not in known:
                raise unknown_member(member)
        aligned = align_judgments({member: member_judgments(session, kind, known[member]) for member in members})
    if not aligned:
        raise BadInput("expected members that judged stored responses, got none; run their judgments first")
    tally = JuryTally()
    with database.writing() as session:
        rater = ensure_judge(session, identity, source=LOCAL_SOURCE, now=now)
    with database.reading() as session:
        before = judged(session, kind, rater)
    finished = []
    for key, judgments in aligned.items():
        earlier = before.get(JudgmentKey(key.responses, key.turn, key.sample))
        if earlier == ():
            tally.judged_before += 1
            continue
        row = pair_row(key, judgments, rule) if kind == "judgement" else score_row(key, judgments)
        tally.outcomes[str(row.get("cause") or row["state"])] += 1
        tally.unanimous += is_unanimous(judgments)
        finished.append(FinishedItem([row], failed_before=earlier or ()))
    for start in range(0, len(finished), _ROWS_AT_ONCE):
        with database.writing() as session:
            add_finished(session, kind, rater, finished[start : start + _ROWS_AT_ONCE], now=now)
    return identity.key, tally
