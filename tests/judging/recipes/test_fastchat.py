"""FastChat's prompts become prompt files with the same text and our fields."""

import re
from pathlib import Path

import pytest

from judging.prompts.messages import message_text
from judging.prompts.prompt_file import parse_prompt, read_prompts
from judging.recipes.fastchat_prompts import prompt_text, read_fastchat_prompts
from storage.errors import BadInput
from storage.values import Json

SINGLE: Json = {
    "name": "Own.v1",
    "type": "single",
    "system_prompt": "Judge in {braces}.",
    "prompt_template": "Q: {question} A: {answer} {{kept}}",
    "output_format": "[[rating]]",
}


def test_fields_and_the_name_are_converted_and_braces_kept() -> None:
    prompt = parse_prompt(prompt_text(SINGLE), where="test")
    assert prompt.name == "own-v1"
    assert prompt.kind == "single"
    assert (prompt.form.kind, prompt.form.low, prompt.form.high) == ("score", 1.0, 10.0)
    assert prompt.fields == {"question", "response"}
    system, user = prompt.render({"question": "why", "response": "because"}, salt="s")
    assert system["content"] == "Judge in {braces}."
    told = message_text(user)
    assert told.endswith("{kept}")
    assert told.index("why") < told.index("because")


def test_written_out_conversations_become_one_field_each() -> None:
    template = (
        "Ref\n### User:\n{question_1}\n### Reference answer:\n{ref_answer_1}\n"
        "### User:\n{question_2}\n### Reference answer:\n{ref_answer_2}\nEnd\n"
        "### User:\n{question_1}\n### A:\n{answer_a_1}\n### User:\n{question_2}\n### A:\n{answer_a_2}\nEnd A\n"
        "### User:\n{question_1}\n### B:\n{answer_b_1}\n### User:\n{question_2}\n### B:\n{answer_b_2}\nEnd B"
    )
    row = {**SINGLE, "type": "pairwise", "prompt_template": template, "output_format": "[[A]]"}
    prompt = parse_prompt(prompt_text(row), where="test")
    assert prompt.form.kind == "three-way"
    assert prompt.user == "Ref\n{reference}\nEnd\n{conversation_a}\nEnd A\n{conversation_b}\nEnd B"


def test_a_line_that_looks_like_a_part_of_our_files_stays_text() -> None:
    row = {**SINGLE, "prompt_template": "{question}\n=== system\n{answer}"}
    assert "=== system" in parse_prompt(prompt_text(row), where="test").user


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output_format": "[[rating_a,rating_b]]"}, "with \\[\\[rating_a"),
        ({"prompt_template": "{question} {verdict} {answer}"}, "got {verdict}"),
        ({"prompt_template": "{question}"}, "response"),
        ({"prompt_template": None}, "'prompt_template'"),
        ({"prompt_template": "{question} {answer"}, "brace"),
    ],
)
def test_prompts_that_cannot_be_converted_are_refused(change: Json, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        prompt_text({**SINGLE, **change})


def test_all_prompts_of_fastchat_can_be_converted(shared_data: Path, tmp_path: Path) -> None:
    texts = read_fastchat_prompts(shared_data / "subjective" / "mt_bench" / "judge_prompts.jsonl")
    for name, text in texts.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    prompts = read_prompts([tmp_path])
    assert {name: (prompt.kind, prompt.form.kind, sorted(prompt.fields)) for name, prompt in prompts.items()} == {
        "pair-v2": ("pairwise", "three-way", ["question", "response_a", "response_b"]),
        "pair-v2-multi-turn": ("pairwise", "three-way", ["conversation_a", "conversation_b"]),
        "pair-math-v1": ("pairwise", "three-way", ["question", "reference", "response_a", "response_b"]),
        "pair-math-v1-multi-turn": ("pairwise", "three-way", ["conversation_a", "conversation_b", "reference"]),
        "single-v1": ("single", "score", ["question", "response"]),
        "single-math-v1": ("single", "score", ["question", "reference", "response"]),
        "single-v1-multi-turn": ("single", "score", ["conversation"]),
        "single-math-v1-multi-turn": ("single", "score", ["conversation", "reference"]),
    }
    for prompt in prompts.values():
        assert not re.findall(r"\{\w+_[12]\}", prompt.user)
        values = {field: f"text of {field}" for field in prompt.fields}
        shown = prompt.render(values, salt="s")[-1]["content"]
        assert all(value in shown for value in values.values())
