"""What is sent is exactly what is meant, for base and chat models."""

from dataclasses import replace

import pytest

from objective.notes import Note, NoteCode
from objective.prompting.prompts import ItemPrompt, Prompter, PromptSettings, check_tokens, show_prompt, stops
from objective.prompting.shots import ShotChoice, choose_shots, parse_shots
from objective.task import Item, Task, Template
from storage.errors import BadInput
from tests.objective.words import Words

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


def text(settings: PromptSettings, task: Task = TASK, tokenizer: Words | None = None) -> str:
    return Prompter(task, settings, tokenizer=tokenizer or Words()).prompt(ITEM).text


def test_a_base_model_continues_one_text() -> None:
    assert text(PromptSettings()) == f"Pick one.\n\n{SHOT.format(0)} A\n\n{SHOT.format(1)} A\n\n{ASKED}"


def test_the_published_ceval_prompt_is_kept_character_by_character() -> None:
    """Turns on lines of their own, nothing after the last `答案: `; derived by hand from the published template."""
    template = Template("以下\n{question}\nA. {A}\nB. {B}\n答案: ", join="\n", between="\n")
    task = replace(TASK, templates={"": template}, shots=1, mode="ppl")
    made = Prompter(task, PromptSettings()).prompt(ITEM)
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


def test_the_system_text_stands_in_its_role_and_only_else_with_the_user() -> None:
    settings = PromptSettings(chat=True, system="Be brief.", shots=ShotChoice("first", 0))
    assert text(settings) == f"<s>[system]Be brief.[/system][user]Pick one.\n\n{ASKED}[/user][assistant]"
    made = Prompter(TASK, settings, tokenizer=Words(has_system=False)).prompt(ITEM)
    assert made.text == f"<s>[user]Be brief.\n\nPick one.\n\n{ASKED}[/user][assistant]"
    assert made.system_as_user
    assert text(replace(settings, chat=False)) == f"Be brief.\n\nPick one.\n\n{ASKED}"


def test_an_instruction_of_the_user_replaces_that_of_the_task() -> None:
    none = ShotChoice("first", 0)
    assert text(PromptSettings(instruction="Guess.", shots=none)) == f"Guess.\n\n{ASKED}"
    assert text(PromptSettings(instruction="", shots=none)) == ASKED
    assert PromptSettings().is_plain
    assert not PromptSettings(instruction="").is_plain


def test_likelihoods_are_asked_of_letters_or_texts_after_a_space_in_plain_text_and_none_in_a_chat() -> None:
    letters = replace(TASK, mode="ppl")
    texts = replace(letters, options_as="text")
    assert Prompter(letters, PromptSettings()).prompt(ITEM).options == (" A", " B")
    assert Prompter(texts, PromptSettings()).prompt(ITEM).options == (" x", " yy")
    assert Prompter(texts, PromptSettings(chat=True), tokenizer=Words()).prompt(ITEM).options == ("x", "yy")


def test_a_chat_model_without_a_template_and_a_doubled_bos_are_refused() -> None:
    with pytest.raises(BadInput, match="chat template"):
        Prompter(TASK, PromptSettings(chat=True), tokenizer=Words(template=None))
    with pytest.raises(BadInput, match="chat template"):
        Prompter(TASK, PromptSettings(chat=True))
    words = Words(adds_bos=True)
    with pytest.raises(BadInput, match="add_bos_token"):
        show_prompt(TASK, PromptSettings(chat=True), place=0, tokenizer=words, tokens=words.tokens)
    with pytest.raises(BadInput, match="got two"):
        Prompter(TASK, PromptSettings(system="<s><s>"), tokenizer=Words()).prompt(ITEM)
    check_tokens(["<s>", "x"], "<s>")
    check_tokens(["x", "x"], None)


def test_examples_are_dropped_from_the_end_until_the_prompt_fits_and_that_is_told() -> None:
    whole = text(PromptSettings())
    small = replace(TASK, max_tokens=10)

    def made(room: int) -> ItemPrompt:
        return Prompter(small, PromptSettings(), count=len, room=room).prompt(ITEM)

    assert (made(len(whole) + 10).shots, made(len(whole) + 10).dropped) == (2, 0)
    assert (made(len(whole) + 9).shots, made(len(whole) + 9).dropped) == (1, 1)
    assert made(len(whole) + 9).text == f"Pick one.\n\n{SHOT.format(0)} A\n\n{ASKED}"
    with pytest.raises(BadInput, match="without any example"):
        made(20)


def test_an_item_is_never_its_own_example() -> None:
    task = replace(TASK, items=(POOL[0],))
    made = Prompter(task, PromptSettings()).prompt(POOL[0])
    assert made.shots == 1
    assert made.text.count("Example 0?") == 1


def test_shots_are_the_first_fixed_ones_or_a_draw_with_a_seed() -> None:
    assert parse_shots("3") == ShotChoice("first", 3)
    assert parse_shots("random:2", seed=7) == ShotChoice("random", 2, seed=7)
    assert [item.key for item in choose_shots(POOL, parse_shots("fixed:4,0"), task="t")] == ["e4", "e0"]
    draws = {
        tuple(item.key for item in choose_shots(POOL, parse_shots("random:3", seed=seed), task="t"))
        for seed in range(20)
    }
    assert len(draws) > 10
    assert all(len(set(draw)) == 3 for draw in draws)
    again = choose_shots(POOL, parse_shots("random:3", seed=1), task="t")
    assert again == choose_shots(POOL, parse_shots("random:3", seed=1), task="t")
    for bad in ("", "-1", "random", "fixed:", "fixed:a", "top:3"):
        with pytest.raises(BadInput, match="expected shots as"):
            parse_shots(bad)
    for many in ("6", "random:6", "fixed:5"):
        with pytest.raises(BadInput, match="expected at least 6 examples"):
            choose_shots(POOL, parse_shots(many), task="t")


def test_a_plain_text_ends_where_a_next_question_begins() -> None:
    assert stops(TASK, chat=False) == ("\nQuestion:",)
    assert stops(TASK, chat=True) == ()
    assert stops(replace(TASK, templates={"": Template("{question}")}, stop=("END",)), chat=False) == ("END",)


def test_showing_a_prompt_tells_its_tokens_and_what_differs() -> None:
    words = Words(has_system=False)
    shown = show_prompt(TASK, PromptSettings(chat=True, system="S"), place=0, tokenizer=words, tokens=words.tokens)
    assert shown.tokens[0] == "<s>"
    assert "".join(shown.tokens) == shown.text
    assert shown.shots == 2
    assert shown.notes == (Note(NoteCode.system, count=1, total=1),)
    with pytest.raises(BadInput, match="from 1 to 1"):
        show_prompt(TASK, PromptSettings(), place=1, tokenizer=words, tokens=words.tokens)
