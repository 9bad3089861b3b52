"""LLMBar: does a judge prefer the response that follows the instruction, in either order?

Judges answer in text, `Output (a)` or `Output (b)`: at the start of a line, or at the end of an explanation as
`Output (a) is better.` Rating judges give each response a whole number. The prompts with two steps (`Swap`) explain
first, in both orders, and decide in a second step only where the two orders contradict each other; recordings of the
first step are those of `llmbar-cot`, of the second those of `llmbar`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import OrderPair, judge_label, kappa, match_orders, percent_figure, preferred_model
from judging.recipes.recipe import (
    BenchmarkFacts,
    BenchmarkFigure,
    FolderReader,
    PromptSubstitutes,
    Recipe,
    RecipeData,
    RecipeJudgment,
    RecipeSource,
    Recording,
    TextParser,
)
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.errors import BadInput
from storage.values import Json

_SOURCE = "llmbar"
NAMES = ("output_1", "output_2")
_FACTS = RecipeSource("2310.07641", "princeton-nlp/LLMBar", "900616bff90b6c6c8e1681f7d079250637c55992", "MIT")
_CHECKED = "accuracies, agreement of both orders and kappas of ten judges on two sets"
_SHORT = (re.compile(r"(?:^|\n) ?Output \(a\)"), re.compile(r"(?:^|\n) ?Output \(b\)"))
_LONG = (re.compile(r"Output \(a\) is better."), re.compile(r"Output \(b\) is better."))
_FOLDERS = ("Dataset", "LLMBar")
_TWO_STEPS = "Swap"
STEPS = ("Swap step 1", "Swap step 2")
"""Prompts of the recordings of the two steps."""


def parse(reply: str) -> Verdict:
    """`Output (a)` at the start of a line, else `Output (b)` there: the first has precedence wherever it stands."""
    return _first_of(reply, _SHORT)


def parse_explained(reply: str) -> Verdict:
    """`Output (a) is better` anywhere, else `Output (b) is better`."""
    return _first_of(reply, _LONG)


def parse_rating(reply: str) -> Verdict:
    """A reply that is one whole number and nothing else."""
    try:
        return Verdict(value=float(int(reply)), marker=reply.strip())
    except ValueError:
        return Verdict(cause=VerdictCause.no_marker if reply.strip() else VerdictCause.empty)


def make_reader(form: str) -> FolderReader:
    """The reader of the recordings whose replies have one form: `short`, `explained` or `rating`."""

    @published.require_published_shape
    def read(folder: Path) -> RecipeData:
        questions: dict[str, Json] = {}
        responses: dict[tuple[str, str], Json] = {}
        gold: dict[str, str | None] = {}
        recordings: list[Recording] = []
        for path in published.find_files(folder, "evaluators/*/*/result.json"):
            judge, prompt = path.parent.parent.name, path.parent.name
            subset = path.relative_to(folder).parts[:-4]
            for number, row in enumerate(published.read_rows(path)):
                key = "/".join((*(part for part in subset if part not in _FOLDERS), str(number)))
                turns = [published.require_text(row, "input", path)]
                category = key.rpartition("/")[0]
                questions.setdefault(key, published.question_row(_SOURCE, key, turns, category=category))
                for name in NAMES:
                    text = published.require_text(row, name, path)
                    responses.setdefault((key, name), published.response_row(_SOURCE, key, name, [text]))
                gold[key] = NAMES[int(row["label"]) - 1]
                steps = [step for step in row["results"] if isinstance(step, dict)]
                recordings += _recordings(form, key, judge, prompt, steps)
        return RecipeData(list(questions.values()), list(responses.values()), recordings, gold)

    return read


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Accuracies, agreement and kappas of every judge and prompt on every set."""
    found: list[BenchmarkFigure] = []
    for subject in sorted({_subject(row, facts) for row in rows}):
        games = match_orders(row for row in rows if _subject(row, facts) == subject)
        found += judge_figures(subject, games, facts.gold)
    return found


def summarise_ratings(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """As `summarise`; the greater of two ratings wins, and equal ones are for the one that stands second in each order.

    Where a rating is missing, the published rule has the response that stands first win in both orders; such pairs
    are counted as unparsed.
    """
    found: list[BenchmarkFigure] = []
    for subject in sorted({_subject(row, facts) for row in rows}):
        scores: dict[str, dict[str, float | None]] = {}
        for row in rows:
            if _subject(row, facts) == subject:
                scores.setdefault(row.question, {})[row.models[0]] = row.verdict.value
        games = [_rated(key, both) for key, both in scores.items() if len(both) == len(NAMES)]
        unparsed = sum(None in both.values() for both in scores.values())
        found += judge_figures(subject, games, facts.gold, unparsed=unparsed)
    return found


def decided(first: Sequence[RecipeJudgment], second: Sequence[RecipeJudgment]) -> list[RecipeJudgment]:
    """The final verdicts of the prompt with two steps: the second step's where there is one, else the first's."""
    later = {(row.question, row.models, row.judge): row for row in second if row.prompt == STEPS[1]}
    return [
        replace(later.get((row.question, row.models, row.judge), row), prompt=_TWO_STEPS)
        for row in first
        if row.prompt == STEPS[0]
    ]


def judge_figures(
    subject: str, games: Sequence[OrderPair], gold: Mapping[str, str | None], *, unparsed: int | None = None
) -> list[BenchmarkFigure]:
    """The published figures of one judge; `first` is the order of the data, `second` the swapped one.

    The published kappas with the label compare labels 1 and 2 with verdicts written as 1 and 0, so they are no
    agreement with the label; they are here to be compared. `kappa with label` is Cohen's kappa as it is meant.
    """
    chosen = [tuple(preferred_model(row) for row in game) for game in games]
    labels = [gold[game[0].question] for game in games]
    if unparsed is None:
        unparsed = sum(row.verdict.value is None for game in games for row in game)
    hits = [[better[side] == label for better, label in zip(chosen, labels, strict=True)] for side in (0, 1)]
    first, second = (percent_figure(subject, f"accuracy {name}", found, unparsed=unparsed)
                     for name, found in zip(("first", "second"), hits, strict=True))  # fmt: skip
    total = len(games)
    average = (first.value + second.value) / 2.0 if first.value is not None and second.value is not None else None
    written = [[1 if better[side] == NAMES[0] else 0 for better in chosen] for side in (0, 1)]
    as_numbers = [0 if label is None else NAMES.index(label) + 1 for label in labels]
    published_kappas = [kappa(side, as_numbers) for side in written]
    kappas = {
        "kappa first as published": published_kappas[0],
        "kappa second as published": published_kappas[1],
        "kappa of the orders": kappa(written[0], written[1]),
        "kappa with label": kappa([better for pair in chosen for better in pair], [x for x in labels for _ in (0, 1)]),
    }
    return [
        first,
        second,
        BenchmarkFigure(subject, "accuracy average", average, total, unparsed),
        percent_figure(subject, "both right", [a and b for a, b in zip(*hits, strict=True)], unparsed=unparsed),
        percent_figure(subject, "orders agree", [a == b for a, b in chosen], unparsed=unparsed),
        *(BenchmarkFigure(subject, name, value, total, unparsed) for name, value in kappas.items()),
    ]


def _first_of(reply: str, patterns: Sequence[re.Pattern[str]]) -> Verdict:
    for share, pattern in zip((1.0, 0.0), patterns, strict=True):
        found = pattern.search(reply.strip())
        if found is not None:
            return Verdict(value=share, marker=found[0].strip())
    return Verdict(cause=VerdictCause.no_marker if reply.strip() else VerdictCause.empty)


def _subject(row: RecipeJudgment, facts: BenchmarkFacts) -> str:
    return f"{judge_label(row)} {facts.categories.get(row.question, '')}".strip()


def _rated(question: str, scores: Mapping[str, float | None]) -> OrderPair:
    """Both orders of two ratings by the published rule."""
    one, two = scores[NAMES[0]], scores[NAMES[1]]
    shares = (1.0, 1.0) if one is None or two is None else (float(one > two), float(two > one))
    orders = (NAMES, NAMES[::-1])
    return tuple(  # type: ignore[return-value]
        RecipeJudgment(question, models, Verdict(value=share)) for models, share in zip(orders, shares, strict=True)
    )


def _recordings(form: str, key: str, judge: str, prompt: str, steps: Sequence[Json]) -> list[Recording]:
    if prompt.startswith("Rating"):
        if form != "rating":
            return []
        return [
            Recording(key, (name,), str(steps[-1][f"score_{number}"][0]), judge=judge, prompt=prompt)
            for number, name in enumerate(NAMES, 1)
        ]
    if form == "rating":
        return []
    found: list[Recording] = []
    for number, step in enumerate(steps):
        is_explained = prompt == "CoT" or (prompt == _TWO_STEPS and number == 0)
        if is_explained == (form == "explained"):
            name = STEPS[number] if prompt == _TWO_STEPS else prompt
            found += [_recording(step, key, judge, name, is_swapped=swapped) for swapped in (False, True)]
    return found


def _recording(step: Json, key: str, judge: str, prompt: str, *, is_swapped: bool) -> Recording:
    game = step[f"swap = {is_swapped}"]
    models = NAMES[::-1] if is_swapped else NAMES
    winner = game.get("winner")
    if winner not in ("1", "2", None):
        raise BadInput(f"expected a winner '1', '2' or null for question {key}, got {winner!r}; use the published file")
    verdict = (
        Verdict(cause=VerdictCause.no_marker)
        if winner is None
        else Verdict(value=1.0 if models[0] == NAMES[int(winner) - 1] else 0.0)
    )
    return Recording(key, models, str(game["completion"][0]), judge=judge, prompt=prompt, verdict=verdict)


def _pairwise(name: str, form: str, parser: TextParser, max_tokens: int) -> Recipe:
    return Recipe(
        name=name,
        kind="pairwise",
        source=_FACTS,
        form=OutputForm("three-way"),
        parse=parser,
        read=make_reader(form),
        summarise=summarise,
        substitutes=PromptSubstitutes(plain="pair-3"),
        checked=_CHECKED,
        order="both",
        settings=ChatSettings(temperature=0.0, max_tokens=max_tokens),
    )


LLMBAR = _pairwise("llmbar", "short", parse, 50)
LLMBAR_COT = _pairwise("llmbar-cot", "explained", parse_explained, 300)
LLMBAR_RATING = Recipe(
    name="llmbar-rating",
    kind="single",
    source=_FACTS,
    form=OutputForm("score"),
    parse=parse_rating,
    read=make_reader("rating"),
    summarise=summarise_ratings,
    substitutes=PromptSubstitutes(plain="single-10"),
    checked=_CHECKED,
    settings=ChatSettings(temperature=0.0, max_tokens=50),
)
