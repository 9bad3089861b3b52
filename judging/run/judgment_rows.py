"""From replies to stored rows: one verdict for each reply, and one or more rows for each item."""

from collections.abc import Mapping, Sequence

from judging.chat.model import Reply
from judging.prompts.dimensions import OVERALL
from judging.prompts.prompt_file import PromptKind
from judging.run.judge import ALL_TURNS, Judge, JudgeItem, VerdictRules
from judging.run.rendering import RenderedRequest
from judging.verdicts.parsing import PARSER_VERSION, parse_reply
from judging.verdicts.reading import read_safely
from judging.verdicts.token_scores import expected_score, tokens_after_last
from judging.verdicts.verdict import SHARES, OutputForm, Verdict, VerdictCause
from storage.judges.judgments import CallRecord
from storage.values import EMPTY_LOSES, Json, JudgmentState, ScoreState, Winner

REFUSED, TRUNCATED, IDENTICAL = "refused", "truncated", "identical"
REASONING_ONLY = "reasoning_only"
"""Stored causes in addition to those of `VerdictCause` and `RequestCause`."""

_WINNERS = {1.0: Winner.model_a, 0.0: Winner.model_b, 0.5: Winner.tie}
_OVERALL_NAMES = dict.fromkeys(OVERALL.values(), OVERALL["en"])
_TOKENS_KEPT = 8


def read_reply(judge: Judge, reply: Reply, form: OutputForm) -> Verdict:
    """Parse a reply by the judge's rules, from token probabilities, or with the strict parser.

    Whatever the reply holds, this is a verdict or a failure with a cause, so that the reply can be stored.
    """
    rules = judge.rules
    if rules.read is None:
        return _with_own_names(read_safely(lambda: _read_strictly(judge, reply, form), form))
    read = rules.read
    return _with_own_names(read_safely(lambda: read(reply, form), form, is_several=judge.kind == "several"))


def _with_own_names(verdict: Verdict) -> Verdict:
    """The verdict, unless two of its names are stored under one, such as the overall score in both languages."""
    stored = {_OVERALL_NAMES.get(name, name) for name in verdict.values}
    return verdict if len(stored) == len(verdict.values) else Verdict(cause=VerdictCause.contradiction)


def _read_strictly(judge: Judge, reply: Reply, form: OutputForm) -> Verdict:
    strict = parse_reply(reply.text, form, finish=reply.finish)
    if not judge.expected or not strict.is_parsed:
        return strict
    tokens = tokens_after_last(reply.tokens, _opening(form))
    found = expected_score(tokens, _legal_answers(form), least_mass=judge.least_mass)
    if found.value is None:
        return Verdict(cause=VerdictCause(found.cause or "no_tokens"), marker=strict.marker)
    return Verdict(value=found.value, marker=strict.marker)


def make_call_record(
    item: JudgeItem, rendered: RenderedRequest, reply: Reply, verdict: Verdict, *, cost: float | None, attempts: int
) -> CallRecord:
    """The stored record of a reply, with the ids of the responses in the order they were shown."""
    noted: Json = {"finish": reply.finish, "form": rendered.form.to_header(), "attempts": attempts}
    noted["parser"] = PARSER_VERSION
    if rendered.form.names:
        noted["names"] = list(rendered.form.names)
    if rendered.form.declared is not None:
        noted["declared"] = rendered.form.declared.as_json()
    if reply.reasoning:
        noted["reasoning"] = reply.reasoning
    if reply.dialect:
        noted["dialect"] = dict(reply.dialect)
    if reply.model is not None:
        noted["model"] = reply.model
    if len(rendered.places) > 1:
        noted["shown"] = [item.responses[place] for place in rendered.places]
    if verdict.is_parsed:
        noted |= {"marker": verdict.marker}
        noted |= {"values": dict(verdict.values)} if verdict.values else {"value": verdict.value}
    if verdict.error:
        noted["error"] = verdict.error
    tokens = tokens_after_last(reply.tokens, _opening(rendered.form)) or reply.tokens
    if tokens:
        noted["tokens"] = [[token.text, dict(token.top)] for token in tokens[:_TOKENS_KEPT]]
    return CallRecord(
        request_digest=rendered.request.digest,
        swapped=rendered.is_swapped,
        reply=reply.text,
        verdict=noted,
        cause=find_cause(verdict, reply),
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
        cost=cost,
        latency_seconds=reply.latency_seconds,
    )


def find_cause(verdict: Verdict, reply: Reply) -> str | None:
    """Stored cause of a reply without a verdict: a refusal, the token limit, no answer, or the cause of the verdict."""
    if verdict.cause is None:
        return None
    if reply.finish == "refused":
        return REFUSED
    if reply.finish == "length":
        return TRUNCATED
    return REASONING_ONLY if reply.reasoning and not reply.text.strip() else verdict.cause.value


def make_rows(
    kind: PromptKind,
    rules: VerdictRules,
    item: JudgeItem,
    requests: Sequence[RenderedRequest],
    verdicts: Sequence[Verdict | str],
) -> list[Json]:
    """Make the stored rows of an item.

    Args:
        kind: What the judge judges.
        rules: Rules for combining verdicts.
        item: The item.
        requests: Requests of the item, one for each order.
        verdicts: For each request its verdict, or the stored cause why there is none.

    Raises:
        ValueError: A verdict lacks the value that the kind needs.
    """
    if kind == "single":
        return _score_rows(item, requests[0].form, verdicts[0])
    if kind == "several":
        return _several_rows(rules, item, requests, verdicts)
    return [_judgment_row(rules, item, requests, verdicts)]


def make_identical_row(judge: Judge, item: JudgeItem) -> Json:
    """The row of two equal responses: the share that the rules give them, or a failure."""
    share = judge.rules.identical
    row = _pair_fields(item, 0, 1, judge.prompts[0].form.kind)
    return _failed_row(row, IDENTICAL) if share is None else _scored_row(row, share)


def make_empty_row(item: JudgeItem, empty: int) -> Json:
    """The row of a pair whose response at the place `empty` is empty and loses by the rules, without a reply."""
    return _scored_row(_pair_fields(item, 0, 1, EMPTY_LOSES), float(empty))


def _score_rows(item: JudgeItem, form: OutputForm, verdict: Verdict | str) -> list[Json]:
    base: Json = {
        "question_id": item.question,
        "model_id": item.models[0],
        "response_id": item.responses[0],
        "turn": None if item.turn == ALL_TURNS else item.turn,
        "sample": item.sample,
        "scale_low": form.low,
        "scale_high": form.high,
    }
    if isinstance(verdict, str):
        return [base | {"dimension": OVERALL["en"], "state": ScoreState.failed, "cause": verdict}]
    scores: Mapping[str, float] = verdict.values or {OVERALL["en"]: verdict.single_value()}
    return [
        base | {"dimension": _OVERALL_NAMES.get(name, name)} | _score_fields(form, score)
        for name, score in scores.items()
    ]


def _score_fields(form: OutputForm, score: float) -> Json:
    """Fields of a score; the rules of a recipe may parse a score outside the scale, which fails."""
    if form.low <= score <= form.high:
        return {"state": ScoreState.scored, "score": score}
    return {"state": ScoreState.failed, "cause": VerdictCause.out_of_range.value}


def _judgment_row(
    rules: VerdictRules, item: JudgeItem, requests: Sequence[RenderedRequest], verdicts: Sequence[Verdict | str]
) -> Json:
    row = _pair_fields(item, 0, 1, requests[0].form.kind)
    causes = [verdict for verdict in verdicts if isinstance(verdict, str)]
    if causes:
        return _failed_row(row, causes[0])
    shares = [
        1.0 - verdict.single_value() if rendered.is_swapped else verdict.single_value()
        for rendered, verdict in zip(requests, verdicts, strict=True)
        if isinstance(verdict, Verdict)
    ]
    if len(shares) == 1:
        return _scored_row(row, shares[0])
    combined = rules.combine(shares[0], shares[1])
    if isinstance(combined, str):
        return row | {"state": JudgmentState.inconsistent}
    return _scored_row(row, combined)


def _several_rows(
    rules: VerdictRules, item: JudgeItem, requests: Sequence[RenderedRequest], verdicts: Sequence[Verdict | str]
) -> list[Json]:
    """One row for each pair, from the mean score of each response over the orders."""
    count = len(item.responses)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    rows = [_pair_fields(item, a, b, "scores") for a, b in pairs]
    causes = [verdict for verdict in verdicts if isinstance(verdict, str)]
    if causes:
        return [_failed_row(row, causes[0]) for row in rows]
    means = [0.0] * count
    parsed = [verdict for verdict in verdicts if isinstance(verdict, Verdict)]
    for rendered, verdict in zip(requests, parsed, strict=True):
        for number, place in enumerate(rendered.places, 1):
            means[place] += verdict.values[str(number)] / len(requests)
    if rules.lower_is_better:
        means = [-mean for mean in means]
    shares = [0.5 if means[a] == means[b] else float(means[a] > means[b]) for a, b in pairs]
    return [_scored_row(row, share) for row, share in zip(rows, shares, strict=True)]


def _pair_fields(item: JudgeItem, a: int, b: int, form: str) -> Json:
    return {
        "question_id": item.question,
        "model_a_id": item.models[a],
        "model_b_id": item.models[b],
        "response_a_id": item.responses[a],
        "response_b_id": item.responses[b],
        "turn": None if item.turn == ALL_TURNS else item.turn,
        "sample": item.sample,
        "form": form,
        "probability": item.probability,
    }


def _scored_row(row: Json, share: float) -> Json:
    return row | {"state": JudgmentState.scored, "score": share, "winner": _WINNERS.get(share)}


def _failed_row(row: Json, cause: str) -> Json:
    return row | {"state": JudgmentState.failed, "cause": cause}


def _legal_answers(form: OutputForm) -> dict[str, float]:
    """Value of each legal answer in the marker; whole numbers for a score."""
    if form.is_pairwise and form.declared is not None:
        return {label: SHARES[form.kind][name] for label, name in form.declared.labels}
    if form.is_pairwise:
        return dict(SHARES[form.kind])
    return {str(number): float(number) for number in range(round(form.low), round(form.high) + 1)}


def _opening(form: OutputForm) -> str:
    """What stands before the verdict in a marker."""
    return "[[" if form.declared is None else form.declared.before.rstrip()
