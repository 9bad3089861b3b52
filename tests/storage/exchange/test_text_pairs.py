"""Columns of pairs as annotation programs name them: what is found, and what is refused."""

import pytest

from storage.errors import BadInput
from storage.exchange.formats.tools.text_pairs import find_pair
from storage.values import as_turn


def test_columns_are_found_whatever_their_case_and_spaces() -> None:
    found = find_pair({"User Prompt": "Say one.", "Answer_1": "One.", "ANSWER 2": "Eins.", "model_a": "Swift"})
    assert found.prompt == [as_turn("Say one.")]
    assert (found.a, found.b) == ([as_turn("One.")], [as_turn("Eins.")])
    assert found.models == ("Swift", "ANSWER 2"), "without a name of its model, a side is called as its column"
    assert found.columns == ("Answer_1", "ANSWER 2")


def test_of_chat_messages_each_side_takes_the_turns_that_it_said() -> None:
    chat = [{"role": "user", "content": "Say one."}, {"role": "assistant", "content": "One."}]
    alone = [{"role": "system", "content": "Eins."}]
    found = find_pair({"prompt": chat, "response_a": chat, "response_b": alone})
    assert found.prompt == [as_turn("Say one.")]
    assert found.a == [as_turn("One.")]
    assert found.b == [as_turn("Eins.")], "a side without a turn of the model is the last message"


def test_an_empty_prompt_is_unknown_and_an_empty_response_is_empty() -> None:
    found = find_pair({"prompt": "", "left": None, "right": "One."})
    assert found.prompt is None
    assert found.a == [as_turn("")]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"prompt": "Say one.", "response_a": "One."}, "got the fields prompt, response_a; rename them"),
        ({}, "got the fields none"),
        ({"text_a": "1", "text_b": "2", "model_a": "Swift", "model_b": "Swift"}, "two different models, got 'Swift'"),
    ],
)
def test_a_row_without_two_sides_is_refused_with_its_columns(row: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        find_pair(row)
