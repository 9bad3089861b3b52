"""Answers that name a model, in both languages, and what must not be taken for one."""

import pytest

from arena.live.identity import IdentityScan, asks_for_identity

SCAN = IdentityScan(["wren-2b", "qwen3:8b", "gpt-4o", "SmolLM2-135M-Instruct"])

TELLING = [
    ("I am Claude, made by Anthropic.", "Claude"),
    ("As an AI developed by OpenAI, I cannot say.", "OpenAI"),
    ("Hi! My name is Wren.", "Wren"),
    ("I'm a large language model trained by Google.", "Google"),
    ("我是通义千问，由阿里云开发。", "通义千问"),
    ("我是由深度求索（DeepSeek）开发的智能助手。", "DeepSeek"),
    ("作为文心一言，我可以帮助您。", "文心一言"),
    ("Sure. The wren-2b model says yes.", "wren-2b"),
    ("I'm SmolLM2, a small model.", "SmolLM2"),
    ("I am GPT4-based.", "GPT"),
]
HARMLESS = [
    "You can search for it with Google, or ask on a Microsoft forum.",
    "The Amazon is a river. I am sure that Nova Scotia is far from it.",
    "阿里巴巴和四十大盗是一个故事。",
    "An open-source chat model may run on your machine.",
    "A meta-analysis sums up studies. Metaphors differ.",
    "百度百科有更多内容。",
    "I think the wrench is in the box.",
]


@pytest.mark.parametrize(("answer", "name"), TELLING)
def test_an_answer_that_names_its_model_is_found_with_its_place(answer: str, name: str) -> None:
    spans = SCAN.spans(answer, ["Hello"])
    assert spans
    assert any(name.startswith(span.text) or span.text == name for span in spans)
    assert all(answer[span.start : span.end] == span.text for span in spans)


@pytest.mark.parametrize("answer", HARMLESS)
def test_a_company_named_in_passing_is_no_name_of_a_model(answer: str) -> None:
    assert SCAN.spans(answer, ["Hello"]) == []


def test_words_of_the_rater_never_count_unless_the_answer_speaks_of_itself() -> None:
    prompt = "Compare qwen3:8b and gpt-4o"
    assert SCAN.spans("The gpt-4o release is larger than qwen3:8b.", [prompt]) == []
    assert [span.rule for span in SCAN.spans("I am qwen3:8b.", [prompt])] == ["self"]
    assert [span.rule for span in SCAN.spans("The gpt-4o release is larger.", ["Hello"])] == ["name"]


@pytest.mark.parametrize(
    "prompt",
    [
        "Who are you?",
        "What model are you",
        "who made you?",
        "Are you ChatGPT?",
        "你是谁？",
        "你是什么模型",
        "谁开发了你",
        "你叫什么名字",
    ],
)
def test_prompts_that_ask_for_the_name_are_told_apart(prompt: str) -> None:
    assert asks_for_identity(prompt)


@pytest.mark.parametrize("prompt", ["Who was Newton?", "What is a model?", "你好，请写一首诗", "Tell me about AI"])
def test_other_prompts_do_not_ask_for_the_name(prompt: str) -> None:
    assert not asks_for_identity(prompt)
