"""AlpacaEval: win rates on 805 instructions; in version 2 against GPT-4 Turbo, from the judge's token probabilities.

The judge answers `m` for the response shown first and `M` for the second, in an order that follows from the
instruction. Recorded preferences have ten decimals, so shares are rounded in the same way. Of version 1, against
Davinci 003, only the preferences are published and not the replies.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import shares_by_model, split_known, win_figures
from judging.recipes.length_control import COLUMNS, GAMED, length_controlled_figures
from judging.recipes.recipe import (
    BenchmarkFacts,
    BenchmarkFigure,
    PromptSubstitutes,
    Recipe,
    RecipeData,
    RecipeJudgment,
    RecipeSource,
    Recording,
    ReproducedFigures,
)
from judging.verdicts.token_scores import TokenProbabilities, read_tokens
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.values import Json, digest

BASELINE, FIRST_BASELINE = "gpt4_1106_preview", "text_davinci_003"
_TIE = 0.5
FIRST, SECOND = "m", "M"
_DECIMALS = 10
_SOURCE = "alpaca_eval"
_KEY_CHARACTERS = 24


def parse_tokens(tokens: Sequence[TokenProbabilities]) -> Verdict:
    """p(m) / (p(m) + p(M)) at the first token; the published rule has no threshold of covered mass."""
    top = tokens[0].top if tokens else {}
    first, second = (math.exp(top[name]) if name in top else 0.0 for name in (FIRST, SECOND))
    if first + second == 0.0:
        return Verdict(cause=VerdictCause.no_marker)
    return Verdict(value=round(first / (first + second), _DECIMALS), marker=tokens[0].text)


def parse(reply: str) -> Verdict:
    """The generated token without its probability, which is the discrete verdict."""
    shares = {FIRST: 1.0, SECOND: 0.0}
    written = reply.strip()
    return (
        Verdict(value=shares[written], marker=written) if written in shares else Verdict(cause=VerdictCause.no_marker)
    )


def swaps(instruction: str) -> bool:
    """Whether the model's response is shown before the baseline's."""
    coin = random.Random(f"is_switched_outputs{instruction}0")  # noqa: S311  the published rule, no secret
    return coin.choices([False, True], k=1)[0]


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """Annotations of the weighted GPT-4 Turbo judge, one file per model, and `df_gamed.csv` if it lies there."""
    data = _read(folder, "annotations_v2.json", "weighted_alpaca_eval_gpt4_turbo/annotations.json")
    gamed = published.rows_with(published.find_optional_files(folder, GAMED), *COLUMNS)
    numbers = [{name: float(row[name]) for name in COLUMNS} for _, rows in gamed for row in rows]
    return replace(data, numbers={GAMED: numbers} if numbers else {})


@published.require_published_shape
def read_first(folder: Path) -> RecipeData:
    """Annotations of version 1, one file per model."""
    return _read(folder, "annotations_v1.json", "alpaca_eval_gpt4/annotations.json")


def _read(folder: Path, *patterns: str) -> RecipeData:
    rows = published.BenchmarkRows(_SOURCE)
    recordings: list[Recording] = []
    left_aside: list[str] = []
    places: dict[tuple[str, str], tuple[float]] = {}
    files = published.find_files(folder, *patterns)
    columns = ("instruction", "output_1", "output_2", "preference")
    for path, listed in published.rows_with(files, *columns, left_aside=left_aside):
        for place, row in enumerate(listed):
            instruction = published.require_text(row, "instruction", path)
            key = digest(instruction)[:_KEY_CHARACTERS]
            rows.add_question(key, instruction, category=row.get("dataset"))
            for number in ("1", "2"):
                model = published.require_text(row, f"generator_{number}", path)
                rows.add_response(key, model, str(row[f"output_{number}"] or ""))
            places[key, str(row["generator_2"])] = (float(place),)
            recordings.append(_recording(row, key, instruction))
    return replace(rows.data(recordings, left_aside=left_aside), features=places)


def summarise(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Win rate with standard error, discrete and length-controlled win rate, and counts of each model."""
    baseline = facts.baseline or BASELINE
    return [*_summarise(rows, baseline), *length_controlled_figures(rows, facts, baseline)]


def summarise_first(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Like `summarise`, against the baseline of version 1."""
    return _summarise(rows, facts.baseline or FIRST_BASELINE)


def _summarise(rows: Sequence[RecipeJudgment], baseline: str) -> list[BenchmarkFigure]:
    found: list[BenchmarkFigure] = []
    for model, shares in shares_by_model(rows, against=baseline).items():
        values, unparsed = split_known(shares)
        found += win_figures(model, values, unparsed=unparsed)
    return found


def _recording(row: Json, key: str, instruction: str) -> Recording:
    """The recording of a row; one without a completion has equal outputs, which were not sent to the judge."""
    baseline, model = str(row["generator_1"]), str(row["generator_2"])
    is_swapped = swaps(instruction)
    preference = row.get("preference")
    verdict = Verdict(cause=VerdictCause.no_marker)
    if isinstance(preference, int | float):
        share = float(preference) - 1.0 if preference else _TIE
        verdict = Verdict(value=share if is_swapped else 1.0 - share)
    said = row.get("raw_completion")
    completion = said if isinstance(said, dict) and "logprobs" in said else None
    return Recording(
        key,
        (model, baseline) if is_swapped else (baseline, model),
        None if completion is None else str(completion.get("text") or ""),
        judge=str(row.get("annotator") or ""),
        tokens=() if completion is None else read_tokens(completion.get("logprobs")),
        verdict=verdict,
    )


ALPACA_EVAL = Recipe(
    name="alpaca-eval-2",
    kind="pairwise",
    source=RecipeSource(
        "2404.04475",
        "tatsu-lab/alpaca_eval",
        "cd543a149df89434d8a54582c0151c0b945c3d20",
        "Apache-2.0, data CC BY-NC 4.0",
    ),
    form=OutputForm("three-way"),
    parse=parse,
    parse_tokens=parse_tokens,
    read=read,
    summarise=summarise,
    substitutes=PromptSubstitutes(plain="pair-3"),
    reproduced=ReproducedFigures(
        "win rates, discrete win rates and counts of five models (length-controlled ones as scikit-learn finds them)",
        "weighted_alpaca_eval_gpt4_turbo_leaderboard.csv",
    ),
    order="seeded by item",
    swaps=swaps,
    identical=0.5,
    settings=ChatSettings(temperature=1.0, max_tokens=1),
    baseline=BASELINE,
    reads_beginning=True,
)
ALPACA_EVAL_1 = replace(
    ALPACA_EVAL,
    name="alpaca-eval-1",
    read=read_first,
    summarise=summarise_first,
    parse_tokens=None,
    reproduced=ReproducedFigures("win rates of two models", "alpaca_eval_gpt4_leaderboard.csv"),
    settings=ChatSettings(temperature=0.0, max_tokens=100),
    baseline=FIRST_BASELINE,
)
