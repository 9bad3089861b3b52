"""Read stored replies again, without asking anybody: after the parser learned something, or by a recipe's rule.

A failed verdict that can be read now takes the place of the failure. One that reads otherwise than it did is counted
and left as it is, because boards were made of it; a judge under another name can judge it anew for nothing.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from judging.chat.model import ChatRequest, Reply
from judging.prompts.prompt_file import PromptKind
from judging.run.judge import LOCAL_SOURCE, JudgeItem, VerdictRules
from judging.run.judgment_rows import find_cause, make_rows
from judging.run.rendering import RenderedRequest
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, Verdict
from storage.database.engine import Database
from storage.errors import NotFound
from storage.judges.judgments import FinishedItem, LedgerKind, add_ended, find_judge
from storage.judges.replies import StoredJudgment, StoredReply, set_call_verdicts, verdicts_with_replies
from storage.values import Json

_BATCH = 1_000


@dataclass
class ReparseTally:
    """What reading again gave.

    Attributes:
        replies: that were read.
        same: that say what they said.
        changed: that say another verdict, or none where they said one; left as they are.
        mended: rows that had failed and have a verdict now.
        causes: replies that still say none, by cause.
    """

    replies: int = 0
    same: int = 0
    changed: int = 0
    mended: int = 0
    causes: Counter[str] = field(default_factory=Counter)


ReplyParser = Callable[[str, OutputForm], Verdict]


def reparse(
    database: Database,
    name: str,
    *,
    parse: ReplyParser = parse_reply,
    clock: Callable[[], datetime],
    dry_run: bool = False,
) -> ReparseTally:
    """Read all replies of one judge again.

    Args:
        database: that holds them.
        name: of the judge.
        parse: how.
        clock: the present time.
        dry_run: count only.

    Raises:
        NotFound: no judge of ours has this name.
    """
    with database.reading() as session:
        found = find_judge(session, name, source=LOCAL_SOURCE)
    if found is None:
        raise NotFound(f"expected a judge that judged here, got {name!r}; see `evenhand list judges`")
    rater, _ = found
    result = ReparseTally()
    kinds: tuple[LedgerKind, ...] = ("judgement", "satisfaction")
    for kind in kinds:
        with database.reading() as session:
            stored = list(verdicts_with_replies(session, kind, rater))
        mended = [one for one in (_reparse_item(kind, verdict, parse, result) for verdict in stored) if one is not None]
        result.mended += len(mended)
        for start in range(0, 0 if dry_run else len(mended), _BATCH):
            batch = mended[start : start + _BATCH]
            with database.writing() as session:
                set_call_verdicts(session, [note for _, notes in batch for note in notes])
                add_ended(session, kind, rater, [ended for ended, _ in batch], now=clock())
    return result


CallUpdates = list[tuple[int, Json, str | None]]


def _reparse_item(
    kind: LedgerKind, stored: StoredJudgment, parse: ReplyParser, result: ReparseTally
) -> tuple[FinishedItem, CallUpdates] | None:
    """The row that takes the place of a failed one; None where nothing does."""
    verdicts: list[Verdict] = []
    for one in stored.replies:
        if one.reply is None:
            return None
        verdict = parse(one.reply, _stored_form(one))
        verdicts.append(verdict)
        _compare(one, verdict, result)
    if stored.row["state"] != "failed" or any(not verdict.is_parsed for verdict in verdicts):
        return None
    if kind == "judgement" and "scores" in _stored_form(stored.replies[0]).kind:
        return None  # one reply stands behind several rows
    requests = [_stored_request(one) for one in stored.replies]
    judged: PromptKind = "single" if kind == "satisfaction" else "pairwise"
    rows = make_rows(judged, VerdictRules(), _stored_item(kind, stored), requests, verdicts)
    ended = FinishedItem(rows, [one.id for one in stored.replies], [], (stored.position,))
    notes: CallUpdates = [
        (one.id, _updated_verdict(one, verdict), None) for one, verdict in zip(stored.replies, verdicts, strict=True)
    ]
    return ended, notes


def _compare(stored: StoredReply, verdict: Verdict, result: ReparseTally) -> None:
    result.replies += 1
    if verdict.cause is not None:
        reply = Reply("", stored.verdict.get("finish", "other"))
        result.causes[find_cause(verdict, reply) or verdict.cause.value] += 1
    before = (stored.verdict.get("value"), stored.verdict.get("values") or {})
    if before == (verdict.value, dict(verdict.values)):
        result.same += 1
    elif before != (None, {}):
        result.changed += 1


def _stored_form(stored: StoredReply) -> OutputForm:
    return OutputForm.from_header(stored.verdict.get("form", "three-way"), stored.verdict.get("names", ()))


def _updated_verdict(stored: StoredReply, verdict: Verdict) -> Json:
    read: Json = {"values": dict(verdict.values)} if verdict.values else {"value": verdict.value}
    return stored.verdict | read | {"marker": verdict.marker}


def _stored_item(kind: LedgerKind, stored: StoredJudgment) -> JudgeItem:
    row = stored.row
    names: Sequence[str] = ("a", "b") if kind == "judgement" else ("",)
    models = tuple(row[f"model_{name}_id" if name else "model_id"] for name in names)
    responses = tuple(row[f"response_{name}_id" if name else "response_id"] for name in names)
    return JudgeItem(row["question_id"], models, responses, row["turn"] or 0, row["sample"])


def _stored_request(stored: StoredReply) -> RenderedRequest:
    places = (1, 0) if stored.swapped else (0, 1)
    return RenderedRequest(ChatRequest("", []), places, _stored_form(stored))
