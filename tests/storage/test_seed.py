"""The example data holds what its card promises, and damage to it is reported by file and line."""

import re
from collections import Counter
from pathlib import Path

import pytest

from storage.errors import EvenhandError
from storage.seed.loading import (
    SeedQuestion,
    SeedResponse,
    load_models,
    load_qualities,
    load_questions,
    load_responses,
)
from storage.values import ABILITIES, LANGUAGES, ResponseState

QUESTIONS = load_questions()
RESPONSES = load_responses()
MODELS = [model.name for model in load_models()]
SEED_FOLDER = Path(__file__).parents[2] / "storage" / "seed"


def _texts(rows: list[SeedQuestion] | list[SeedResponse]) -> list[str]:
    return [turn for row in rows for turn in row.turns]


def test_there_are_thirty_questions_and_four_responses_to_each() -> None:
    assert len(QUESTIONS) == 30
    assert len(RESPONSES) == 120
    answered = Counter((response.question, response.model) for response in RESPONSES)
    assert answered == Counter((question.key, model) for question in QUESTIONS for model in MODELS)


def test_half_of_the_questions_are_chinese() -> None:
    assert Counter(question.language for question in QUESTIONS) == {"zh": 15, "en": 15}


@pytest.mark.parametrize("category", ABILITIES)
def test_each_category_has_three_questions_in_both_languages(category: str) -> None:
    languages = [question.language for question in QUESTIONS if question.category == category]
    assert len(languages) >= 3
    assert set(languages) == set(LANGUAGES)


def test_the_language_of_a_question_is_the_one_it_is_written_in() -> None:
    for question in QUESTIONS:
        han = len(re.findall(r"[\u4e00-\u9fff]", "".join(question.turns)))
        assert (han > 30) == (question.language == "zh"), question.key
        assert question.language == "zh" or han == 0, question.key


def test_every_category_is_a_known_one_and_nothing_is_private() -> None:
    assert {question.category for question in QUESTIONS} == set(ABILITIES)
    assert not any(question.private for question in QUESTIONS)
    assert {question.source for question in QUESTIONS} | {response.source for response in RESPONSES} == {"demo"}


def test_a_response_has_one_turn_for_each_turn_of_its_question() -> None:
    n_turns = {question.key: len(question.turns) for question in QUESTIONS}
    assert all(len(response.turns) == n_turns[response.question] for response in RESPONSES)
    assert Counter(n_turns.values())[2] >= 3


def test_no_text_names_a_model_or_its_maker() -> None:
    makers = [model.organisation.removesuffix(" (fictional)") for model in load_models()]
    stems = [name.partition("-")[0] for name in MODELS]
    references = [answer for question in QUESTIONS for answer in question.reference or ()]
    for text in [*_texts(QUESTIONS), *_texts(RESPONSES), *references]:
        for name in [*MODELS, *stems, *makers]:
            assert name.lower() not in text.lower()


@pytest.mark.parametrize(
    ("construct", "pattern"),
    [
        ("code block", r"^```\w+\n.+?^```"),
        ("table", r"^\|.*\|\n\|(?:-+\|)+$"),
        ("inline formula", r"(?<!\$)\$[^$\n]+\$(?!\$)"),
        ("displayed formula", r"\$\$[^$]+\$\$"),
        ("bullet list", r"^- .+\n- "),
        ("numbered list", r"^1\. .+\n2\. "),
        ("quotation", r"^> "),
    ],
)
def test_markdown_that_a_page_must_render_occurs(construct: str, pattern: str) -> None:
    found = [text for text in [*_texts(QUESTIONS), *_texts(RESPONSES)] if re.search(pattern, text, re.M | re.S)]
    assert len(found) >= 3, construct


def test_long_texts_are_long() -> None:
    for question in QUESTIONS:
        if question.category == "long_text":
            passage = "\n".join(line for line in question.turns[0].splitlines() if line.startswith(">"))
            # A Chinese character counts as about two thirds of a word.
            n_words = len(re.findall(r"[A-Za-z']+", passage)) + len(re.findall(r"[\u4e00-\u9fff]", passage)) / 1.5
            assert 250 <= n_words <= 500, question.key


def test_retrieval_and_tool_questions_bring_their_documents_and_tools() -> None:
    for question in QUESTIONS:
        if question.category == "retrieval":
            assert len(re.findall(r"^> \*\*\[\w+\]", question.turns[0], re.M)) >= 3, question.key
        if question.category == "tool_use":
            assert '"parameters"' in question.turns[0], question.key


def test_one_response_is_refused_and_one_truncated() -> None:
    states = Counter(response.state for response in RESPONSES)
    assert states == {ResponseState.ok: 118, ResponseState.refused: 1, ResponseState.truncated: 1}


def test_no_question_or_response_occurs_twice() -> None:
    assert len({question.key for question in QUESTIONS}) == len(QUESTIONS)
    assert len(set(_texts(QUESTIONS))) == len(_texts(QUESTIONS))
    assert len(set(_texts(RESPONSES))) == len(_texts(RESPONSES))


def test_every_text_is_filled_clean_utf8() -> None:
    for path in SEED_FOLDER.glob("*.json*"):
        assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert path.read_text(encoding="utf-8").endswith(("}\n", "]\n"))
    for text in [*_texts(QUESTIONS), *_texts(RESPONSES)]:
        assert text.strip() == text != ""
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ufffd]", text)


def test_the_example_data_stays_small() -> None:
    assert sum(path.stat().st_size for path in SEED_FOLDER.glob("*.json*")) < 400_000


def test_the_truth_covers_all_models_and_categories_and_its_offsets_sum_to_zero() -> None:
    qualities = load_qualities()
    assert list(qualities.strengths) == list(qualities.category_offsets) == MODELS
    assert sum(qualities.strengths.values()) / len(MODELS) == 1000
    assert set(qualities.median_seconds) == set(ABILITIES)
    for offsets in qualities.category_offsets.values():
        assert set(offsets) == set(ABILITIES)
        assert sum(offsets.values()) == 0


def test_the_card_states_the_counts_and_strengths_of_the_files() -> None:
    card = (SEED_FOLDER / "CARD.md").read_text(encoding="utf-8")
    assert f"{len(QUESTIONS)} questions, {len(RESPONSES)} responses" in card
    for model, strength in load_qualities().strengths.items():
        assert f"{model} {strength:g}" in card
    for category in ABILITIES:
        counts = Counter(question.language for question in QUESTIONS if question.category == category)
        assert f"| {category} | {counts['zh']} | {counts['en']} |" in card


@pytest.mark.parametrize("line", ["{", '{"source": "demo"}', "[]", '{"surprise": 1}'])
def test_a_damaged_line_is_reported_by_file_and_line(tmp_path: Path, line: str) -> None:
    good = (SEED_FOLDER / "questions.jsonl").read_text(encoding="utf-8").split("\n")[0]
    (tmp_path / "questions.jsonl").write_text(f"{good}\n{line}\n", encoding="utf-8")
    with pytest.raises(
        EvenhandError, match=r"^questions\.jsonl:2: expected a valid .* got .*; install Evenhand again$"
    ):
        load_questions(tmp_path)


def test_a_missing_or_unreadable_file_is_reported_by_name(tmp_path: Path) -> None:
    with pytest.raises(EvenhandError, match=r"qualities\.json"):
        load_qualities(tmp_path)
    (tmp_path / "models.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(EvenhandError, match=r"models\.jsonl"):
        load_models(tmp_path)
