"""Run a recipe through the store: its data as rows, its recordings as replies of a judge, its figures from rows.

A recording with a reply is replayed like the reply of a model. A recording with only a verdict becomes an imported row,
which has no reply to parse again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from judging.chat.model import Reply
from judging.prompts.prompt_file import JudgePrompt
from judging.recipes.recipe import Recipe, RecipeData, RecipeJudgment, Recording
from judging.run.judge import ALL_TURNS, Judge, JudgeItem, PairOrders, VerdictRules
from judging.run.replay import RecordingKey
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause, combine_orders
from storage.errors import BadInput
from storage.judges.judgeable import Judgeable
from storage.judges.replies import JudgeReply
from storage.values import Json, JudgmentState, RaterKind, ScoreState

StoredResponses = Mapping[tuple[str, str, int], Judgeable]
"""Responses in the store by question key, model name and sample."""

_OURS = "Evenhand"


@dataclass(frozen=True)
class RecordedJudge:
    """One judge of a benchmark with its published replies.

    Attributes:
        judge: The judge.
        recordings: Published replies of the judge.
    """

    judge: Judge
    recordings: Sequence[Recording]


def question_source(data: RecipeData) -> str:
    """Source of a benchmark's questions.

    Raises:
        BadInput: There is no question, or the questions have several sources.
    """
    sources = sorted({str(row["source"]) for row in data.questions})
    if len(sources) != 1:
        raise BadInput(f"expected questions of one source, got {', '.join(sources) or 'none'}; check the folder")
    return sources[0]


def make_recipe_judge(recipe: Recipe, prompts: Sequence[JudgePrompt], *, model: str, name: str, salt: str) -> Judge:
    """Make a judge that follows a recipe.

    Replies to published prompts are parsed by the recipe's rule, replies to bundled prompts by the strict parser.
    """
    ours = all(prompt.source == _OURS for prompt in prompts)
    orders: PairOrders = "both" if recipe.order == "both" else "given"
    return Judge(
        model=model,
        prompts=prompts,
        salt=salt,
        settings=recipe.settings if not ours else replace(recipe.settings, top_logprobs=0),
        orders=orders if recipe.kind != "single" else "given",
        rules=_make_rules(recipe, is_published=not ours),
        name=name,
    )


def make_recorded_judges(
    recipe: Recipe, data: RecipeData, prompts: Mapping[str, JudgePrompt], *, salt: str
) -> list[RecordedJudge]:
    """Make the judges of a benchmark whose replies were published, each with its replies."""
    groups: dict[tuple[str, str], list[Recording]] = {}
    for recording in data.recordings:
        if recording.reply is not None:
            groups.setdefault((recording.judge, recording.prompt), []).append(recording)
    found = []
    for (model, prompt), recordings in groups.items():
        name = " ".join(part for part in (recipe.name, model, prompt) if part)
        chosen = substitute_prompts(recipe, prompts)
        judge = make_recipe_judge(recipe, chosen, model=f"recorded {model or recipe.name}", name=name, salt=salt)
        both = recipe.order == "both" and all(len(orders) == 2 for orders in _recorded_orders(recordings).values())
        reader = recipe.prompt_rules.get(prompt, recipe)
        rules = replace(_make_rules(reader, is_published=True), distinct=True)
        judge = replace(judge, rules=rules, settings=recipe.settings, orders="both" if both else "given")
        found.append(RecordedJudge(judge, recordings))
    return found


def substitute_prompts(recipe: Recipe, prompts: Mapping[str, JudgePrompt]) -> list[JudgePrompt]:
    """Bundled prompts to use instead of the published ones of a recipe; if none fits, the plainest of its kind."""
    named = recipe.substitutes
    names = [name for name in (named.plain, named.reference, named.turns, named.turns_reference) if name]
    plainest = {"single": "single-10", "pairwise": "pair-3", "several": "several-10"}[recipe.kind]
    found = [prompts[name] for name in dict.fromkeys(names)]
    if not any("reference" not in prompt.fields for prompt in found):
        found.append(prompts[plainest])
    return found


def make_recorded_items(
    recipe: Recipe, recordings: Sequence[Recording], responses: StoredResponses
) -> tuple[list[JudgeItem], dict[RecordingKey, Reply], int]:
    """Items and replies of a recorded judge, and the number of recordings whose responses are not in the store."""
    replies: dict[RecordingKey, Reply] = {}
    items: dict[tuple[str, frozenset[str] | tuple[str, ...], int, int], JudgeItem] = {}
    lost = 0
    for recording in recordings:
        turn = recording.turn if recipe.turns > 1 else ALL_TURNS
        found = [responses.get((recording.question, model, 0)) for model in recording.models]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            lost += 1
            continue
        shown = RecordingKey(recording.question, recording.models, turn, recording.sample)
        replies[shown] = Reply(recording.reply or "", "stop", recording.judge or None, tokens=tuple(recording.tokens))
        who = frozenset(recording.models) if recipe.order == "both" else recording.models
        items.setdefault(
            (recording.question, who, turn, recording.sample),
            JudgeItem(
                known[0].question,
                tuple(one.model for one in known),
                tuple(one.response for one in known),
                turn,
                recording.sample,
            ),
        )
    return list(items.values()), replies, lost


def make_recipe_items(
    recipe: Recipe, responses: StoredResponses, texts: Mapping[str, str], baseline: str
) -> list[JudgeItem]:
    """Make the items that a recipe judges.

    Args:
        recipe: The recipe.
        responses: Responses to its questions.
        texts: First turn of each question by key.
        baseline: Baseline that every other model is compared with; empty for all pairs. Ignored for single responses.
    """
    groups: dict[tuple[str, int], list[tuple[str, Judgeable]]] = {}
    for (key, model, sample), one in sorted(responses.items()):
        groups.setdefault((key, sample), []).append((model, one))
    chosen: list[tuple[str, tuple[Judgeable, ...]]] = []
    for (key, _), group in groups.items():
        if recipe.kind == "single":
            chosen += [(key, (one,)) for _, one in group]
        elif recipe.kind == "several":
            chosen.append((key, tuple(one for _, one in group)))
        else:
            chosen += [(key, pair) for pair in _choose_pairs(group, baseline)]
    turns = range(1, recipe.turns + 1) if recipe.turns > 1 else [ALL_TURNS]
    items = []
    for key, shown in chosen:
        swap = recipe.swaps is not None and recipe.swaps(texts.get(key, ""))
        ordered = shown[::-1] if swap and len(shown) == 2 else shown
        models, ids = tuple(one.model for one in ordered), tuple(one.response for one in ordered)
        items += [JudgeItem(ordered[0].question, models, ids, turn) for turn in turns]
    return items


def read_judgments(judge: str, prompt: str, replies: Sequence[JudgeReply]) -> Iterator[RecipeJudgment]:
    """Verdicts of a judge, from its stored replies."""
    for one in replies:
        yield RecipeJudgment(one.question, one.models, read_verdict(one), one.turn or 1, one.sample, judge, prompt)


def add_recorded_verdicts(
    rows: Sequence[RecipeJudgment], recordings: Sequence[Recording]
) -> tuple[list[RecipeJudgment], int]:
    """Keep the judgments on these recordings, and use the recorded verdict where the published rule reads none.

    Authors corrected some verdicts by hand, and their figures count these. Judgments on other files, which an earlier
    run stored for the same judge, are left out.

    Returns:
        The judgments, and the number of verdicts that the authors set by hand.
    """
    known = {(one.judge, one.prompt, one.question, one.models, one.turn, one.sample): one.verdict for one in recordings}
    found, corrected = dict[object, RecipeJudgment](), 0
    for row in rows:
        key = (row.judge, row.prompt, row.question, row.models, row.turn, row.sample)
        if key not in known or key in found:
            continue
        recorded = known[key]
        by_hand = not row.verdict.is_parsed and recorded is not None and recorded.is_parsed
        corrected += by_hand
        found[key] = replace(row, verdict=recorded) if by_hand and recorded is not None else row
    return list(found.values()), corrected


def settle_unanswered(recipe: Recipe, data: RecipeData) -> RecipeData:
    """Give recordings whose responses are not published the verdict that the rule reads, without their reply.

    A reply is stored with the responses that it is about; a verdict alone needs only the names of the models.
    """
    answered = {(str(row["question"]), str(row["model"])) for row in data.responses}
    recordings = [
        one
        if one.reply is None or all((one.question, model) in answered for model in one.models)
        else replace(one, reply=None, verdict=recipe.parse_reply(Reply(one.reply, "stop", tokens=tuple(one.tokens))))
        for one in data.recordings
    ]
    return replace(data, recordings=recordings)


def read_verdict(reply: JudgeReply) -> Verdict:
    """The verdict of a stored reply, or its cause."""
    value, values = reply.verdict.get("value"), reply.verdict.get("values") or {}
    if value is None and not values:
        known = {cause.value for cause in VerdictCause}
        cause = VerdictCause(reply.cause) if reply.cause in known else VerdictCause.no_marker
        return Verdict(cause=cause)
    return Verdict(value=value, values=values, marker=str(reply.verdict.get("marker", "")))


def count_strict_differences(recipe: Recipe, replies: Sequence[JudgeReply]) -> dict[str, int]:
    """Number of replies that the strict parser reads differently from the recipe's rule, by its cause instead."""
    found: dict[str, int] = {}
    for one in replies:
        if one.reply is None:
            continue
        strict, published = parse_reply(one.reply, recipe.form), read_verdict(one)
        if _comparable(recipe, strict) == _comparable(recipe, published):
            continue
        what = strict.cause.value if strict.cause is not None else "another verdict"
        found[what] = found.get(what, 0) + 1
    return found


def make_import_rows(recipe: Recipe, data: RecipeData) -> list[Json]:
    """Verdicts without a published reply, as rows of `evenhand import`."""
    source = question_source(data)
    rows = []
    for recording in data.recordings:
        is_one = recipe.kind != "single" or len(recording.models) == 1
        if recording.reply is None and recording.verdict is not None and is_one:
            rater = " ".join(part for part in (recipe.name, recording.judge, recording.prompt) if part)
            common: Json = {
                "source": source,
                "question": recording.question,
                "rater": rater,
                "rater_kind": RaterKind.judge.value,
                "judge_model": recording.judge or recipe.name,
                "turn": recording.turn if recipe.turns > 1 else None,
                "sample": recording.sample,
            }
            rows += _imported(recipe, recording.models, recording.verdict, common)
    return rows


def _imported(recipe: Recipe, models: tuple[str, ...], verdict: Verdict, common: Json) -> list[Json]:
    key = f"{common['question']} {' / '.join(models)} {common['turn'] or 0} {common['sample']} {common['rater']}"
    if recipe.kind != "single":
        state = JudgmentState.scored if verdict.is_parsed else JudgmentState.failed
        a, b = models[:2]
        row = {"model_a": a, "model_b": b, "winner": None, "score": verdict.value, "state": state.value}
        cause = None if verdict.cause is None else verdict.cause.value
        return [common | row | {"row_key": key[:200], "form": recipe.form.kind, "cause": cause}]
    scores: Mapping[str, float | None] = dict(verdict.values) or {"overall": verdict.value}
    scale = {"scale_low": recipe.form.low, "scale_high": recipe.form.high}
    return [
        common
        | scale
        | {
            "row_key": f"{key} {name}"[:200],
            "model": models[0],
            "dimension": name,
            "score": score,
            "state": (ScoreState.failed if score is None else ScoreState.scored).value,
        }
        for name, score in scores.items()
    ]


def _comparable(recipe: Recipe, verdict: Verdict) -> object:
    """A verdict in comparable form: for a pair only the side, since recipes weigh strength differently."""
    if verdict.cause is not None or verdict.value is None:
        return dict(verdict.values) or None
    return (verdict.value > 0.5) - (verdict.value < 0.5) if recipe.form.is_pairwise else verdict.value


def _make_rules(recipe: Recipe, *, is_published: bool) -> VerdictRules:
    def parse(reply: Reply, _form: OutputForm) -> Verdict:
        return recipe.parse_reply(reply)

    return VerdictRules(
        name=recipe.name,
        read=parse if is_published else None,
        combine=recipe.combine or combine_orders,
        identical=recipe.identical,
        references=None if recipe.references == "all" else recipe.references,
        lower_is_better=recipe.lower_is_better,
    )


def _recorded_orders(
    recordings: Sequence[Recording],
) -> dict[tuple[str, frozenset[str], int, int], set[tuple[str, ...]]]:
    found: dict[tuple[str, frozenset[str], int, int], set[tuple[str, ...]]] = {}
    for one in recordings:
        found.setdefault((one.question, frozenset(one.models), one.turn, one.sample), set()).add(one.models)
    return found


def _choose_pairs(group: Sequence[tuple[str, Judgeable]], baseline: str) -> list[tuple[Judgeable, Judgeable]]:
    if not baseline:
        return [(one, two) for place, (_, one) in enumerate(group) for _, two in group[place + 1 :]]
    base = [one for model, one in group if model == baseline]
    return [(one, two) for two in base for model, one in group if model != baseline]
