"""Auto-J: a judge model with 13 billion parameters, and its test of 1,392 pairs with human labels.

A pair counts as agreement only if both orders give the human label; consistency is how often the orders agree.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from judging.chat.model import ChatSettings
from judging.recipes import published
from judging.recipes.figures import (
    judge_label,
    match_orders,
    percent_figure,
    summarise_mean_scores,
)
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
from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.errors import BadInput

_SOURCE = "autoj"
NAMES = ("response 1", "response 2")
_FACTS = RecipeSource("2310.05470", "GAIR-NLP/auto-j", "2ae17a3965d933232e9cd50302aa0f176249c83b", "none stated")
_DECISION, _RATING = "final decision is ", "Rating: [["
_SHARES = {"response 1": 1.0, "response 2": 0.0, "tie": 0.5}
_LABELS = (1.0, 0.0, 0.5)
_GROUPS: Mapping[str, str] = {
    "Summarization": "post_summarization text_summarization note_summarization",
    "Exam Questions": "math_reasoning solving_exam_question_with_math solving_exam_question_without_math",
    "Code": "code_simplification code_generation explaining_code code_correction_rewriting code_to_code_translation",
    "Rewriting": "text_simplification language_polishing instructional_rewriting text_correction paraphrasing",
    "Creative Writing": "writing_song_lyrics writing_social_media_post writing_blog_post writing_personal_essay "
    "creative_writing writing_advertisement writing_marketing_materials writing_presentation_script counterfactual",
    "Functional Writing": "writing_product_description writing_job_application writing_news_article writing_biography "
    "writing_email writing_legal_document writing_technical_document writing_scientific_paper functional_writing "
    "writing_cooking_recipe",
    "General Communication": "asking_how_to_question open_question analyzing_general explaining_general seeking_advice "
    "recommendation value_judgement verifying_fact chitchat roleplay planning brainstorming",
    "NLP Tasks": "ranking text_to_text_translation data_analysis classification_identification title_generation "
    "question_generation reading_comprehension keywords_extraction information_extraction topic_modeling others",
}
_GROUP_OF = {scenario: group for group, scenarios in _GROUPS.items() for scenario in scenarios.split()}


def parse_pair(reply: str) -> Verdict:
    """The text after the last "final decision is ": response 1, response 2 or tie."""
    _, found, rest = reply.strip().rpartition(_DECISION)
    if not found:
        return Verdict(cause=VerdictCause.no_marker)
    for word, share in _SHARES.items():
        if rest.strip().lower().startswith(word):
            return Verdict(value=share, marker=_DECISION + word)
    return Verdict(cause=VerdictCause.wrong_schema, marker=_DECISION.strip())


def parse_score(reply: str) -> Verdict:
    """The number in the last "Rating: [[number]]"."""
    _, found, rest = reply.rpartition(_RATING)
    number, closed, _ = rest.partition("]]")
    if not found or not closed:
        return Verdict(cause=VerdictCause.no_marker)
    try:
        return Verdict(value=float(number), marker=f"[[{number}]]")
    except ValueError:
        return Verdict(cause=VerdictCause.wrong_schema, marker=f"[[{number}]]")


@published.require_published_shape
def read(folder: Path) -> RecipeData:
    """The test pairs, and the published labels of a judge in both orders; its replies are not published."""
    rows = [
        (path, row)
        for path in published.find_files(folder, "testdata_pairwise.jsonl")
        for row in published.read_rows(path)
    ]
    questions = [
        published.question_row(
            _SOURCE, number, [published.require_text(row, "prompt", path)], category=_GROUP_OF.get(row["scenario"])
        )
        for number, (path, row) in enumerate(rows)
    ]
    responses = [
        published.response_row(_SOURCE, number, name, [published.require_text(row, name, path)])
        for number, (path, row) in enumerate(rows)
        for name in NAMES
    ]
    gold = {str(number): (*NAMES, None)[row["label"]] for number, (_, row) in enumerate(rows)}
    recordings: list[Recording] = []
    for models, pattern in ((NAMES, "pairwise_example_output.jsonl"), (NAMES[::-1], "pairwise_exchange_*.jsonl")):
        for path in published.find_optional_files(folder, pattern):
            labels = published.read_rows(path)
            if len(labels) != len(rows):
                raise BadInput(
                    f"{path.name}: expected a label for each of {len(rows)} pairs, got {len(labels)} lines; "
                    "use the published file"
                )
            recordings += [
                Recording(str(number), models, None, judge="autoj-13b", verdict=Verdict(value=_LABELS[row["output"]]))
                for number, row in enumerate(labels)
            ]
    return RecipeData(questions, responses, recordings, gold)


def summarise_pairs(rows: Sequence[RecipeJudgment], facts: BenchmarkFacts) -> list[BenchmarkFigure]:
    """Agreement in both orders and consistency of each judge, overall and by group of scenarios."""
    figures: list[BenchmarkFigure] = []
    for judge in sorted({judge_label(row) for row in rows}):
        games = match_orders(row for row in rows if judge_label(row) == judge)
        for group in ("", *_GROUPS):
            own = [game for game in games if not group or facts.categories.get(game[0].question) == group]
            if not own:
                continue
            shares = [(first.verdict.value, _turned(second.verdict.value)) for first, second in own]
            gold = [_share_of_gold(facts.gold[first.question]) for first, _ in own]
            unparsed = sum(None in pair for pair in shares)
            both = [pair == (label, label) for pair, label in zip(shares, gold, strict=True)]
            suffix = f" {group}" if group else ""
            figures.append(percent_figure(judge, f"agreement{suffix}", both, unparsed=unparsed))
            same = [first == second for first, second in shares]
            figures.append(percent_figure(judge, f"consistency{suffix}", same, unparsed=unparsed))
    return figures


def _turned(share: float | None) -> float | None:
    return None if share is None else 1.0 - share


def _share_of_gold(model: str | None) -> float:
    return 0.5 if model is None else float(model == NAMES[0])


AUTOJ_PAIR = Recipe(
    name="auto-j-pair",
    kind="pairwise",
    source=_FACTS,
    form=OutputForm("three-way"),
    parse=parse_pair,
    read=read,
    summarise=summarise_pairs,
    substitutes=PromptSubstitutes(plain="pair-3"),
    reproduced=ReproducedFigures(
        "agreement and consistency of Auto-J, overall and in eight groups",
        "README.md",
    ),
    is_about_judges=True,
    order="both",
    settings=ChatSettings(temperature=0.0, max_tokens=1024),
)
AUTOJ_SINGLE = Recipe(
    name="auto-j-single",
    kind="single",
    source=_FACTS,
    form=OutputForm("score"),
    parse=parse_score,
    read=read,
    summarise=summarise_mean_scores,
    substitutes=PromptSubstitutes(plain="single-10"),
    settings=ChatSettings(temperature=0.0, max_tokens=1024),
)
