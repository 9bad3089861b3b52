"""Labels of winners: one meaning is taken, none or several are refused, and no number is guessed beside others."""

from typing import Any

import pytest

from storage.errors import BadInput
from storage.exchange.formats.winner_labels import meaning_of, parse_labels, winner
from storage.exchange.rows.canonical import LabelMeanings
from storage.values import Winner

NAMES = {"model_a": "alder", "model_b": "birch"}


@pytest.mark.parametrize(
    ("labels", "meaning"),
    [
        (
            "model_a MODEL_A A a [[A]] left Left 1 first alder ALDER model_1 leftvote A>B [[A>>B]] A++",
            "model_a",
        ),
        ("model_b B right 2 second birch Model-2 rightvote B>A A<B B+", "model_b"),
        ("tie Tie TIE draw equal tievote A=B", "tie"),
        ("both_bad bothbad Both_Bad tie_(bothbad) bothbad_vote", "both_bad"),
    ],
)
def test_a_label_with_one_meaning_is_read(labels: str, meaning: str) -> None:
    for label in labels.split():
        assert winner(NAMES | {"winner": label}, LabelMeanings()) == meaning, label
        assert winner(NAMES | {"winner": f" {label.replace('_', ' ')}\u200b"}, LabelMeanings()) == meaning, label
    assert meaning_of(2, LabelMeanings()) is meaning_of(2.0, LabelMeanings()) is Winner.model_b


@pytest.mark.parametrize("label", ["0", "3", "C", "both", "neither", "nan", "cedar", "", None, True, 1.5, ["A"]])
def test_a_label_without_a_meaning_is_refused(label: Any) -> None:
    with pytest.raises(BadInput, match="expected a winner among"):
        winner(NAMES | {"winner": label}, LabelMeanings())


def test_a_label_with_two_meanings_is_refused_and_with_two_equal_ones_read() -> None:
    with pytest.raises(BadInput, match="one meaning"):
        winner({"model_a": "B", "model_b": "A", "winner": "A"}, LabelMeanings())
    assert winner({"model_a": "A", "model_b": "B", "winner": "A"}, LabelMeanings()) is Winner.model_a
    with pytest.raises(BadInput, match="one meaning"):
        winner({"model_a": "model_b", "model_b": "x", "winner": "model_b"}, LabelMeanings())


def test_what_the_caller_says_about_one_number_holds_for_no_other() -> None:
    labels = parse_labels(["0=model_a", "A=B=tie", " Loss =model_b"])
    assert (meaning_of("0", labels), meaning_of("a=b", labels), meaning_of("loss", labels)) == (
        Winner.model_a,
        Winner.tie,
        Winner.model_b,
    )
    with pytest.raises(BadInput, match="--label"):
        meaning_of("1", labels)


def test_columns_that_hold_1_for_the_winner_must_hold_it_once() -> None:
    row = NAMES | {"winner_model_a": "0", "winner_model_b": "1", "winner_tie": "0"}
    assert winner(row, LabelMeanings()) is Winner.model_b
    for wrong in ("0", "1"):
        with pytest.raises(BadInput, match="in one of the columns"):
            winner(row | {"winner_model_b": wrong, "winner_tie": wrong}, LabelMeanings())
