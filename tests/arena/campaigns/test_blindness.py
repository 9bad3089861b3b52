"""Names of models in texts for raters: whole, by a word, in any case and script, and what is no name."""

import pytest

from arena.campaigns.blindness import default_guidelines, telling_word

MODELS = ("vicuna-13b-v1.5", "GPT-4-Turbo", "文心一言", "o1", "command-r-plus", "base-model-large")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vicuna first look", "Vicuna"),
        ("About VICUNA-13b-v1.5.", "VICUNA-13b-v1.5"),
        ("看看Vicuna的回答", "Vicuna"),
        ("vicuna13", "vicuna"),
        ("GPT and friends", "GPT"),
        ("请比较文心一言与其他模型", "文心一言"),
        ("Is o1 better?", "o1"),
        ("the COMMAND-R-PLUS answers", "COMMAND-R-PLUS"),
    ],
)
def test_a_name_is_found_whole_or_by_one_of_its_words(text: str, found: str) -> None:
    told = telling_word(text, MODELS)
    assert told is not None
    assert told[0] == found


@pytest.mark.parametrize(
    "text", ["First look", "Egypt and vicunaceous things", "a command to a large base", "o12", "第一次标注", ""]
)
def test_ordinary_words_give_nothing_away(text: str) -> None:
    assert telling_word(text, MODELS) is None


def test_the_built_in_guidelines_fit_every_model_that_shares_their_words() -> None:
    names = ("check-response-7b", "a", "B", "Tie", "better response", "平局", *MODELS)
    assert telling_word(default_guidelines(), names) is None
    assert telling_word(default_guidelines().replace("\n", "\r\n").strip(), names) is None


@pytest.mark.parametrize(
    ("text", "model", "found"),
    [
        ("Choose a response that you like.", "a", None),
        ("Take the safe one", "Safe", None),
        ("Alpha against Beta", "Alpha", "Alpha"),
        ("better response first", "better response", "better response"),
    ],
)
def test_a_name_that_is_a_word_of_the_guidelines_gives_nothing_away(text: str, model: str, found: str | None) -> None:
    told = telling_word(text, (model,))
    assert (None if told is None else told[0]) == found
