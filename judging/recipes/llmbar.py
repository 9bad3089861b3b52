"""LLMBar: does a judge prefer the response that follows the instruction, in both orders?

Judges answer `Output (a)` or `Output (b)` at the start of a line, or `Output (a) is better.` after an explanation.
Rating judges give each response an integer. The prompts with two steps (`Swap`, `Swap_CoT`) first explain, in both
orders, and decide in a second step only if the orders contradict each other; that decision is short for `Swap` and
explained for `Swap_CoT`. Both belong to `llmbar`, whose figures count the last step of each pair.
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
    ReproducedFigures,
)
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.errors import BadInput
from storage.values import Json

_SOURCE = "llmbar"
NAMES = ("output_1", "output_2")
_FACTS = RecipeSource("2310.07641", "princeton-nlp/LLMBar", "900616bff90b6c6c8e1681f7d079250637c55992", "MIT")
_SHORT = (re.compile(r"(?:^|\n) ?Output \(a\)"), re.compile(r"(?:^|\n) ?Output \(b\)"))
_LONG = (re.compile(r"Output \(a\) is better."), re.compile(r"Output \(b\) is better."))
_FOLDERS = ("Dataset", "LLMBar")
_TWO_STEPS = ("Swap", "Swap_CoT")
_EXPLAINED = ("Swap step 1", "Swap_CoT step 1", "Swap_CoT step 2")
"""Steps of `llmbar` whose replies are explanations."""


def parse(reply: str) -> Verdict:
    """`Output (a)` at the start of any line, else `Output (b)` there."""
    return _first_of(reply, _SHORT)


def parse_explained(reply: str) -> Verdict:
    """`Output (a) is better` anywhere in the text, else `Output (b) is better`."""
    return _first_of(reply, _LONG)


def parse_rating(reply: str) -> Verdict:
    """A reply that is one integer and nothing else."""
    try:
        return Verdict(value=float(int(reply)), marker=reply.strip())
    except ValueError:
        return Verdict(cause=VerdictCause.no_marker if reply.strip() else VerdictCause.empty)


def make_reader(form: str) -> FolderReader:
    """Make a reader of the recordings whose replies have one form: `short`, `explained` or `rating`."""

    @published.require_published_shape
    def read(folder: Path) -> RecipeData:
        rows = published.BenchmarkRows(_SOURCE)
        gold: dict[str, str | None] = {}
        recordings: list[Recording] = []
        for path in published.find_files(folder, "evaluators/*/*/result.json"):
            judge, prompt = path.parent.parent.name, path.parent.name
            subset = path.relative_to(folder).parts[:-4]
            for number, row in enumerate(published.read_rows(path)):
                key = "/".join((*(part for part in subset if part not in _FOLDERS), str(number)))
                rows.add_question(key, published.require_text(row, "input", path), category=key.rpartition("/")[0])
                for name in NAMES:
                    rows.add_response(key, name, published.require_text(row, name, path))
                gold[key] = NAMES[int(row["label"]) - 1]
                steps = [step for step in row["results"] if isinstance(step, dict)]
                recordings += _recordings(form, key, judge, prompt, steps)
        return rows.data(recordings, gold=gold)

    return read


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Accuracies, agreement and kappas of each judge and prompt on each set; of two steps the last one counts."""
    rows = combine_steps(rows)
    found: list[BenchmarkFigure] = []
    for subject in sorted({_subject(row, facts) for row in rows}):
        games = match_orders(row for row in rows if _subject(row, facts) == subject)
        found += judge_figures(subject, games, facts.gold)
    return found


def summarise_ratings(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Like `summarise`: the higher rating wins, and of equal ratings the response shown second in each order.

    If a rating is missing, the response shown first wins in both orders by the published rule; such pairs are counted
    as unparsed.
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


def combine_steps(rows: Sequence[RecipeJudgment]) -> list[RecipeJudgment]:
    """Final verdicts: of a prompt with two steps the second step's if there is one, else the first step's."""
    final: dict[tuple[object, ...], RecipeJudgment] = {}
    for row in sorted(rows, key=lambda row: row.prompt):
        prompt, _, _ = row.prompt.partition(" step ")
        final[row.judge, prompt, row.question, row.models] = replace(row, prompt=prompt)
    return list(final.values())


def judge_figures(
    subject: str, games: Sequence[OrderPair], gold: Mapping[str, str | None], *, unparsed: int | None = None
) -> list[BenchmarkFigure]:
    """The published figures of one judge; `first` is the order of the data, `second` the swapped order.

    The published kappas with the label compare labels 1 and 2 with verdicts coded as 1 and 0, so they do not measure
    agreement with the label; they are computed for comparison. `kappa with label` is Cohen's kappa.
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
    known = [one for one in published_kappas if one is not None]
    kappas = {
        "kappa first as published": published_kappas[0],
        "kappa second as published": published_kappas[1],
        "kappa average as published": sum(known) / 2.0 if len(known) == 2 else None,
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
    """Verdicts in both orders from two ratings, by the published rule."""
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
    if (form == "explained") != (prompt == "CoT"):
        return []
    return [
        _recording(key, judge, f"{prompt} step {number}" if prompt in _TWO_STEPS else prompt, models, step[swap])
        for number, step in enumerate(steps, 1)
        for models, swap in ((NAMES, "swap = False"), (NAMES[::-1], "swap = True"))
        if swap in step
    ]


def _recording(key: str, judge: str, prompt: str, models: tuple[str, ...], game: Json) -> Recording:
    winner = game.get("winner")
    if winner not in ("1", "2", None):
        raise BadInput(f"expected a winner '1', '2' or null for question {key}, got {winner!r}; use the published file")
    verdict = (
        Verdict(cause=VerdictCause.no_marker)
        if winner is None
        else Verdict(value=1.0 if models[0] == NAMES[int(winner) - 1] else 0.0)
    )
    return Recording(key, models, str(game["completion"][0]), judge=judge, prompt=prompt, verdict=verdict)


def _reproduced(judges: str) -> ReproducedFigures:
    return ReproducedFigures(
        f"accuracies, agreement and kappas of {judges}, on two sets", "evaluators/*/*/statistics.json"
    )


LLMBAR_COT = Recipe(
    name="llmbar-cot",
    kind="pairwise",
    source=_FACTS,
    form=OutputForm("three-way"),
    parse=parse_explained,
    read=make_reader("explained"),
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="pair-3"),
    reproduced=_reproduced("two judges that explain first"),
    order="both",
    settings=ChatSettings(temperature=0.0, max_tokens=300),
    is_about_judges=True,
)
LLMBAR = replace(
    LLMBAR_COT,
    name="llmbar",
    parse=parse,
    read=make_reader("short"),
    reproduced=_reproduced("six judges, two of them with two steps"),
    settings=ChatSettings(temperature=0.0, max_tokens=50),
    reads_beginning=True,
    prompt_rules=dict.fromkeys(_EXPLAINED, LLMBAR_COT),
)
LLMBAR_RATING = Recipe(
    name="llmbar-rating",
    kind="single",
    source=_FACTS,
    form=OutputForm("score"),
    parse=parse_rating,
    read=make_reader("rating"),
    summarise=summarise_ratings,
    substitutes=PromptSubstitutes(plain="single-10"),
    reproduced=_reproduced("two judges that rate"),
    settings=ChatSettings(temperature=0.0, max_tokens=50),
    reads_beginning=True,
    is_about_judges=True,
)
