"""Prompts are exactly what the settings ask for, for base and chat models."""

import sys
from dataclasses import replace

import pytest

from objective.causes import TaskProblem
from objective.notes import Note, NoteCode
from objective.prompting.prompts import (
    ItemPrompt,
    PromptBuilder,
    PromptSettings,
    check_single_bos,
    preview_prompt,
    stop_strings,
)
from objective.prompting.shots import ShotSelection, choose_shots, parse_shots
from objective.prompting.similar_shots import SimilarExamples
from objective.task import Item, Task, Template
from storage.errors import BadInput
from tests.objective.fakes import CharacterTokenizer

ITEM = Item("q", "Which?", ("B",), ("x", "yy"))
POOL = tuple(Item(f"e{number}", f"Example {number}?", ("A",), ("l", "r")) for number in range(5))
TASK = Task(
    "t",
    "gen",
    (ITEM,),
    {"": Template("Question: {question}\n{options}\nAnswer:", instruction="Pick one.")},
    source="",
    pool=POOL,
    shots=2,
)
SHOT = "Question: Example {}?\nA. l\nB. r\nAnswer:"
ASKED = "Question: Which?\nA. x\nB. yy\nAnswer:"


def text(settings: PromptSettings, task: Task = TASK, tokenizer: CharacterTokenizer | None = None) -> str:
    return PromptBuilder(task, settings, tokenizer=tokenizer or CharacterTokenizer()).build(ITEM).text


def test_a_base_model_continues_one_text() -> None:
    assert text(PromptSettings()) == f"Pick one.\n\n{SHOT.format(0)} A\n\n{SHOT.format(1)} A\n\n{ASKED}"


def test_the_published_ceval_prompt_is_kept_character_by_character() -> None:
    """Turns on lines of their own, nothing after the last `答案: `; derived by hand from the published template."""
    template = Template("以下\n{question}\nA. {A}\nB. {B}\n答案: ", join="\n", between="\n")
    task = replace(TASK, templates={"": template}, shots=1, mode="ppl")
    made = PromptBuilder(task, PromptSettings()).build(ITEM)
    assert made.text == "以下\nExample 0?\nA. l\nB. r\n答案: \nA\n以下\nWhich?\nA. x\nB. yy\n答案: "
    assert made.options == ("\nA", "\nB")


def test_a_chat_has_examples_as_turns_or_inside_the_first() -> None:
    assert text(PromptSettings(chat=True)) == (
        f"<s>[user]Pick one.\n\n{SHOT.format(0)}[/user][assistant]A[/assistant][user]{SHOT.format(1)}[/user]"
        f"[assistant]A[/assistant][user]{ASKED}[/user][assistant]"
    )
    assert text(PromptSettings(chat=True, shots_as="first_turn")) == (
        f"<s>[user]Pick one.\n\n{SHOT.format(0)} A\n\n{SHOT.format(1)} A\n\n{ASKED}[/user][assistant]"
    )


def test_the_system_text_has_its_own_role_or_without_one_joins_the_first_user_turn() -> None:
    settings = PromptSettings(chat=True, system="Be brief.", shots=ShotSelection("first", 0))
    assert text(settings) == f"<s>[system]Be brief.[/system][user]Pick one.\n\n{ASKED}[/user][assistant]"
    made = PromptBuilder(TASK, settings, tokenizer=CharacterTokenizer(has_system=False)).build(ITEM)
    assert made.text == f"<s>[user]Be brief.\n\nPick one.\n\n{ASKED}[/user][assistant]"
    assert made.system_as_user
    assert text(replace(settings, chat=False)) == f"Be brief.\n\nPick one.\n\n{ASKED}"


def test_a_user_instruction_replaces_the_task_instruction() -> None:
    none = ShotSelection("first", 0)
    assert text(PromptSettings(instruction="Guess.", shots=none)) == f"Guess.\n\n{ASKED}"
    assert text(PromptSettings(instruction="", shots=none)) == ASKED
    assert PromptSettings().is_plain
    assert not PromptSettings(instruction="").is_plain


def test_scored_options_are_letters_or_texts_after_a_space_in_plain_text_and_without_one_in_a_chat() -> None:
    letters = replace(TASK, mode="ppl")
    texts = replace(letters, options_as="text")
    assert PromptBuilder(letters, PromptSettings()).build(ITEM).options == (" A", " B")
    assert PromptBuilder(texts, PromptSettings()).build(ITEM).options == (" x", " yy")
    assert PromptBuilder(texts, PromptSettings(chat=True), tokenizer=CharacterTokenizer()).build(ITEM).options == (
        "x",
        "yy",
    )


def test_a_chat_model_without_a_template_and_a_doubled_bos_are_refused() -> None:
    with pytest.raises(BadInput, match="chat template"):
        PromptBuilder(TASK, PromptSettings(chat=True), tokenizer=CharacterTokenizer(template=None))
    with pytest.raises(BadInput, match="chat template"):
        PromptBuilder(TASK, PromptSettings(chat=True))
    words = CharacterTokenizer(adds_bos=True)
    with pytest.raises(BadInput, match="add_bos_token"):
        preview_prompt(TASK, PromptSettings(chat=True), place=0, tokenizer=words, tokens=words.tokens)
    with pytest.raises(BadInput, match="got two"):
        PromptBuilder(TASK, PromptSettings(system="<s><s>"), tokenizer=CharacterTokenizer()).build(ITEM)
    check_single_bos(["<s>", "x"], "<s>")
    check_single_bos(["x", "x"], None)


def test_examples_are_dropped_from_the_end_until_the_prompt_fits_and_counted() -> None:
    whole = text(PromptSettings())
    small = replace(TASK, max_tokens=10)

    def made(room: int) -> ItemPrompt:
        return PromptBuilder(small, PromptSettings(), count=len, room=room).build(ITEM)

    assert (made(len(whole) + 10).shots, made(len(whole) + 10).dropped) == (2, 0)
    assert (made(len(whole) + 9).shots, made(len(whole) + 9).dropped) == (1, 1)
    assert made(len(whole) + 9).text == f"Pick one.\n\n{SHOT.format(0)} A\n\n{ASKED}"
    with pytest.raises(BadInput, match="without any example"):
        made(20)


def test_an_item_is_never_its_own_example() -> None:
    task = replace(TASK, items=(POOL[0],))
    made = PromptBuilder(task, PromptSettings()).build(POOL[0])
    assert made.shots == 1
    assert made.text.count("Example 0?") == 1


def test_similar_examples_share_rare_words_with_the_question_best_first() -> None:
    """Words of all examples count for little, so "lake" decides; a Chinese character counts as a word."""
    texts = ("the river is long", "the lake is deep", "the lake is the deepest lake", "湖水很深", "the sun is hot")
    pool = tuple(Item(f"e{n}", text, ("x",), kind="exact") for n, text in enumerate(texts))
    task = Task("near", "gen", (pool[1],), {"": Template("Q: {question}\nA:")}, source="", pool=pool)

    def shown(question: str, count: int) -> list[str]:
        settings = PromptSettings(shots=ShotSelection("bm25", count))
        built = PromptBuilder(task, settings).build(Item("q", question, ("x",), kind="exact"))
        return [line[3:] for line in built.text.split("\n") if line.startswith("Q: ")][:-1]

    assert shown("how deep is a lake?", 2) == [texts[1], texts[2]]
    assert shown("湖在哪里", 1) == [texts[3]]
    assert shown("quite unknown", 2) == [texts[0], texts[1]]
    assert shown(texts[1], 1) == [texts[2]]  # an example that is asked is not shown
    assert shown("lake", 0) == []


def test_the_library_of_similar_examples_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(TaskProblem, match=r"pip install 'evenhand\[metrics\]', or select examples in another way"):
        SimilarExamples(POOL)


def test_shots_are_the_first_fixed_or_random_with_a_seed() -> None:
    assert parse_shots("3") == ShotSelection("first", 3)
    assert parse_shots("random:2", seed=7) == ShotSelection("random", 2, seed=7)
    assert [item.key for item in choose_shots(POOL, parse_shots("fixed:4,0"), task="t")] == ["e4", "e0"]
    draws = {
        tuple(item.key for item in choose_shots(POOL, parse_shots("random:3", seed=seed), task="t"))
        for seed in range(20)
    }
    assert len(draws) > 10
    assert all(len(set(draw)) == 3 for draw in draws)
    again = choose_shots(POOL, parse_shots("random:3", seed=1), task="t")
    assert again == choose_shots(POOL, parse_shots("random:3", seed=1), task="t")
    assert parse_shots("bm25:2") == ShotSelection("bm25", 2)
    for bad in ("", "-1", "bm25", "random", "fixed:", "fixed:a", "top:3"):
        with pytest.raises(BadInput, match="expected shots as"):
            parse_shots(bad)
    for many in ("6", "random:6", "bm25:6", "fixed:5"):
        with pytest.raises(BadInput, match="expected at least 6 examples"):
            choose_shots(POOL, parse_shots(many), task="t")


def test_a_plain_text_answer_stops_where_a_further_question_begins() -> None:
    assert stop_strings(TASK, chat=False) == ("\nQuestion:",)
    assert stop_strings(TASK, chat=True) == ()
    ended = replace(TASK, templates={"": Template("{question}")}, stop=("END",))
    assert stop_strings(ended, chat=False) == ("END",)
    assert stop_strings(ended, chat=True) == (), "a model that thinks first may write it before it answers"


def test_a_prompt_preview_has_its_tokens_and_differences_from_the_settings() -> None:
    words = CharacterTokenizer(has_system=False)
    shown = preview_prompt(TASK, PromptSettings(chat=True, system="S"), place=0, tokenizer=words, tokens=words.tokens)
    assert shown.tokens[0] == "<s>"
    assert "".join(shown.tokens) == shown.text
    assert shown.shots == 2
    assert shown.notes == (Note(NoteCode.system, count=1, total=1),)
    with pytest.raises(BadInput, match="from 1 to 1"):
        preview_prompt(TASK, PromptSettings(), place=1, tokenizer=words, tokens=words.tokens)
