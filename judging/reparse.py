"""Parse stored replies again without sending a request: after a change of the parser, or by a recipe's rule.

A failed row whose reply can be parsed now is replaced. A reply that parses to another verdict is counted and left as it
is, because leaderboards may contain it; on request all replies are read as those of a judge with another name. A
replaced row stays in the ledger, voided, so that earlier leaderboards can be computed again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from judging.chat.model import ChatRequest, Reply
from judging.prompts.prompt_file import PromptKind
from judging.run.judge import LOCAL_SOURCE, JudgeItem, ParseReply, VerdictRules
from judging.run.judgment_rows import find_cause, make_rows
from judging.run.rendering import RenderedRequest
from judging.verdicts.parsing import PARSER_VERSION, parse_reply
from judging.verdicts.reading import read_safely
from judging.verdicts.verdict import DeclaredMarker, OutputForm, Verdict, VerdictCause
from storage.database.engine import Database
from storage.errors import BadInput, Conflict, NotFound
from storage.judges.judgments import (
    CallRecord,
    FinishedItem,
    JudgeIdentity,
    LedgerKind,
    add_finished,
    ensure_judge,
    find_judge,
)
from storage.judges.replies import StoredJudgment, StoredReply, judgments_with_replies, set_call_verdicts
from storage.values import Json

_BATCH = 1_000
_OTHER_RULES = (VerdictCause.no_tokens, VerdictCause.low_mass)
"""Causes of judges whose verdicts come from token probabilities, which a text does not give."""


@dataclass
class ReparseTally:
    """Counts of parsing again.

    Attributes:
        replies: Number of replies parsed.
        same: Replies with the same verdict as before.
        changed: Replies with another verdict, or with none instead of one; their rows are left as they are.
        mended: Failed rows that have a verdict now.
        causes: Replies without a verdict, by cause.
        outcomes: Number of rows of the other judge by state, where the replies are stored as those of another.
    """

    replies: int = 0
    same: int = 0
    changed: int = 0
    mended: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)


def parse_strictly(reply: Reply, form: OutputForm) -> Verdict:
    """The verdict of a reply by the strict parser."""
    return parse_reply(reply.text, form, finish=reply.finish)


def reparse(
    database: Database,
    name: str,
    *,
    parse: ParseReply = parse_strictly,
    clock: Callable[[], datetime],
    dry_run: bool = False,
) -> ReparseTally:
    """Parse all replies of one judge again.

    Args:
        database: Store that holds the replies.
        name: Name of the judge.
        parse: Parser to use; by default the strict one.
        clock: Current time.
        dry_run: Whether to count only and store nothing.

    Raises:
        NotFound: No judge that ran here has this name.
    """
    rater, _ = _require_judge(database, name)
    result = ReparseTally()
    for kind, stored in _stored_judgments(database, rater):
        mended = [one for one in (_reparse_item(kind, verdict, parse, result) for verdict in stored) if one is not None]
        result.mended += len(mended)
        for start in range(0, 0 if dry_run else len(mended), _BATCH):
            batch = mended[start : start + _BATCH]
            with database.writing() as session:
                set_call_verdicts(session, [update for _, updates in batch for update in updates])
                add_finished(session, kind, rater, [finished for finished, _ in batch], now=clock())
    return result


def reparse_as(
    database: Database,
    name: str,
    new_name: str,
    *,
    parse: ParseReply = parse_strictly,
    clock: Callable[[], datetime],
) -> ReparseTally:
    """Parse all replies of one judge again, and store what is read as the rows of another judge.

    The other judge has the same model, prompts and settings, so that it can go on where the first one stopped. Nothing
    of the first one changes. Judgments of several responses at once and verdicts from token probabilities are left out.

    Args:
        database: Store that holds the replies.
        name: Name of the judge.
        new_name: Name of the other judge.
        parse: Parser to use; by default the strict one.
        clock: Current time.

    Raises:
        NotFound: No judge that ran here has this name.
        Conflict: A judge has the new name already.
    """
    rater, identity = _require_judge(database, name)
    with database.writing() as session:
        if find_judge(session, new_name, source=LOCAL_SOURCE) is not None:
            raise Conflict(f"expected a new name for the judge, got {new_name!r}, which one has; choose another")
        other = ensure_judge(session, replace(identity, key=new_name), source=LOCAL_SOURCE, now=clock())
    result = ReparseTally()
    for kind, stored in _stored_judgments(database, rater):
        items = [item for item in (_copied_item(kind, one, parse, result) for one in stored) if item is not None]
        for start in range(0, len(items), _BATCH):
            with database.writing() as session:
                add_finished(session, kind, other, items[start : start + _BATCH], now=clock())
    return result


def _require_judge(database: Database, name: str) -> tuple[int, JudgeIdentity]:
    with database.reading() as session:
        found = find_judge(session, name, source=LOCAL_SOURCE)
    if found is None:
        raise NotFound(f"expected the name of a judge that ran here, got {name!r}; see `evenhand list judges`")
    return found


def _stored_judgments(database: Database, rater: int) -> Iterator[tuple[LedgerKind, list[StoredJudgment]]]:
    """All judgments of a judge by kind, with their replies."""
    kinds: tuple[LedgerKind, ...] = ("judgement", "satisfaction")
    for kind in kinds:
        with database.reading() as session:
            stored = list(judgments_with_replies(session, kind, rater))
        yield kind, stored


def _copied_item(
    kind: LedgerKind, stored: StoredJudgment, parse: ParseReply, result: ReparseTally
) -> FinishedItem | None:
    """The rows of an item as read now, with copies of its replies; None if they cannot be made of them."""
    if not _is_readable(kind, stored):
        return None
    verdicts = [_read_again(one, parse) for one in stored.replies]
    told: list[Verdict | str] = []
    calls = []
    for one, verdict in zip(stored.replies, verdicts, strict=True):
        _compare(one, verdict, result)
        cause = find_cause(verdict, _stored_reply(one))
        told.append(cause or verdict)
        noted = {name: value for name, value in one.verdict.items() if name not in ("value", "values", "marker")}
        read = _updated_verdict(one, verdict) if verdict.is_parsed else noted | {"parser": PARSER_VERSION}
        calls.append(CallRecord(one.request_digest, one.swapped, one.reply, read, cause, cost=0.0))
    rows = make_rows(
        "single" if kind == "satisfaction" else "pairwise",
        VerdictRules(),
        _stored_item(kind, stored),
        [_stored_request(one) for one in stored.replies],
        told,
    )
    result.outcomes[str(rows[0]["state"])] += 1
    return FinishedItem(rows, calls=calls)


def _is_readable(kind: LedgerKind, stored: StoredJudgment) -> bool:
    """Whether the row follows from its own replies, and those from texts."""
    if any(one.reply is None or one.cause in _OTHER_RULES for one in stored.replies):
        return False
    return all(_stored_form(one) is not None for one in stored.replies) and not _has_several_rows(kind, stored)


def _has_several_rows(kind: LedgerKind, stored: StoredJudgment) -> bool:
    """Whether one reply belongs to the rows of several pairs."""
    form = _stored_form(stored.replies[0])
    return kind == "judgement" and form is not None and form.kind == "scores"


CallUpdates = list[tuple[int, Json, str | None]]


def _reparse_item(
    kind: LedgerKind, stored: StoredJudgment, parse: ParseReply, result: ReparseTally
) -> tuple[FinishedItem, CallUpdates] | None:
    """The replacement of a failed row; None if the row stays."""
    if any(one.reply is None or one.cause in _OTHER_RULES for one in stored.replies):
        return None
    verdicts = [_read_again(one, parse) for one in stored.replies]
    for one, verdict in zip(stored.replies, verdicts, strict=True):
        _compare(one, verdict, result)
    is_stuck = any(not verdict.is_parsed for verdict in verdicts)
    if stored.row["state"] != "failed" or is_stuck or _has_several_rows(kind, stored):
        return None
    requests = [_stored_request(one) for one in stored.replies]
    judged: PromptKind = "single" if kind == "satisfaction" else "pairwise"
    rows = make_rows(judged, VerdictRules(), _stored_item(kind, stored), requests, verdicts)
    finished = FinishedItem(rows, [one.id for one in stored.replies], [], (stored.position,))
    updates: CallUpdates = [
        (one.id, _updated_verdict(one, verdict), None) for one, verdict in zip(stored.replies, verdicts, strict=True)
    ]
    return finished, updates


def _read_again(stored: StoredReply, parse: ParseReply) -> Verdict:
    """The verdict of a stored reply, whatever it holds."""
    reply, form = _stored_reply(stored), _stored_form(stored)
    if form is None:
        return Verdict(cause=VerdictCause.unreadable, error="the stored form is not one that can be read")
    return read_safely(lambda: parse(reply, form), form)


def _compare(stored: StoredReply, verdict: Verdict, result: ReparseTally) -> None:
    result.replies += 1
    cause = find_cause(verdict, _stored_reply(stored))
    if cause is not None:
        result.causes[cause] += 1
    before = (stored.verdict.get("value"), stored.verdict.get("values") or {})
    if before == (verdict.value, dict(verdict.values)):
        result.same += 1
    elif before != (None, {}):
        result.changed += 1


def _stored_reply(stored: StoredReply) -> Reply:
    return Reply(stored.reply or "", stored.verdict.get("finish", "other"))


def _stored_form(stored: StoredReply) -> OutputForm | None:
    """The form that the reply was asked in; None where what is stored of it is none."""
    noted = stored.verdict
    try:
        form = OutputForm.from_header(str(noted.get("form", "three-way")), noted.get("names", ()))
        declared = noted.get("declared")
        if not declared:
            return form
        labels = tuple((str(label), str(name)) for label, name in declared["labels"])
        return replace(form, declared=DeclaredMarker(str(declared["before"]), str(declared["after"]), labels))
    except (BadInput, TypeError, KeyError, ValueError):
        return None


def _updated_verdict(stored: StoredReply, verdict: Verdict) -> Json:
    read: Json = {"values": dict(verdict.values)} if verdict.values else {"value": verdict.value}
    return stored.verdict | read | {"marker": verdict.marker, "parser": PARSER_VERSION}


def _stored_item(kind: LedgerKind, stored: StoredJudgment) -> JudgeItem:
    row = stored.row
    names: Sequence[str] = ("a", "b") if kind == "judgement" else ("",)
    models = tuple(row[f"model_{name}_id" if name else "model_id"] for name in names)
    responses = tuple(row[f"response_{name}_id" if name else "response_id"] for name in names)
    return JudgeItem(row["question_id"], models, responses, row["turn"] or 0, row["sample"])


def _stored_request(stored: StoredReply) -> RenderedRequest:
    form = _stored_form(stored)
    if form is None:
        raise RuntimeError("a reply whose form cannot be read has no verdict, so no row is made of it")
    places = (1, 0) if stored.swapped else (0, 1)
    return RenderedRequest(ChatRequest("", []), places, form)
