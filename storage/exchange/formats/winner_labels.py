"""What the label of a winner means: mapped where it has one meaning, refused where it has none or several.

A label names a side (`model_a`, `B`, `left`, `2`), a tie, both sides as bad, or one of the two models.
"""

import re
import unicodedata
from collections.abc import Sequence

from storage.errors import BadInput
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import LabelMeanings, RawRow
from storage.exchange.rows.problems import shown
from storage.values import Winner

CANONICAL = ("model_a", "model_b", "tie", "tie (bothbad)", "both_bad")
ONE_HOT = {
    "winner_model_a": Winner.model_a,
    "winner_model_b": Winner.model_b,
    "winner_tie": Winner.tie,
    "winner_tie (bothbad)": Winner.both_bad,
    "winner_tie_both_bad": Winner.both_bad,
    "winner_both_bad": Winner.both_bad,
}
"""Columns that hold 1 for the winner and 0 otherwise."""

_SIDE = re.compile(
    r"(?:the )?(?:model|response|assistant|answer|output|completion|option|candidate|side)?"
    r"(a|b|1|2|left|right|first|second)(?:one)?(?: ?(?:is better|better|wins|won|vote))?"
)
_COMPARED = re.compile(r"a(>>|>|=|<|<<)b|b(>>|>|=|<|<<)a|[ab](\+{1,2})")
_SIDES = {
    "a": Winner.model_a,
    "1": Winner.model_a,
    "left": Winner.model_a,
    "first": Winner.model_a,
    "b": Winner.model_b,
    "2": Winner.model_b,
    "right": Winner.model_b,
    "second": Winner.model_b,
}
_TIES = frozenset(("tie", "ties", "tied", "draw", "equal", "same", "tievote", "itsatie", "nopreference"))
_BOTH_BAD = frozenset(("bothbad", "bothbadvote", "tiebothbad", "botharebad", "bothwrong"))
_JOINTS = re.compile(r"[\s_\-().\u200b\ufeff]+")
_NUMBERS = frozenset("12")


def parse_labels(pairs: Sequence[str]) -> LabelMeanings:
    """What labels mean, from texts such as `A=model_a`.

    Raises:
        BadInput: a text has no `=`, or what follows the last one is no winner.
    """
    found = LabelMeanings()
    for pair in pairs:
        label, mark, name = pair.rpartition("=")
        meaning = _standard(name)
        if not mark or meaning is None:
            raise BadInput(
                f"expected LABEL=WINNER with model_a, model_b, tie or both_bad as the winner, got {shown(pair)}"
            )
        found[_folded(label)] = meaning
    return found


def winner(row: RawRow, labels: LabelMeanings, column: str = "winner") -> Winner:
    """The winner of a row by its label, or by columns that hold 1 for the winner.

    Raises:
        BadInput: there is no label, or it has no meaning or several; it is never read as a tie.
    """
    value = row.get(column)
    if type(value) is str and not labels and value in ("model_a", "model_b", "tie"):
        a, b = row.get("model_a"), row.get("model_b")
        if value not in (a, b):
            return Winner(value)
    if value is None and column == "winner" and "winner_model_a" in row:
        return _one_hot(row)
    return meaning_of(value, labels, (row.get("model_a"), row.get("model_b")))


def meaning_of(value: object, labels: LabelMeanings, models: Sequence[object] = ()) -> Winner:
    """The winner that a label means; see `winner`.

    Args:
        value: label, as text or whole number.
        labels: what the caller said.
        models: names of both models, where the label may be one of them.
    """
    text = _text(value)
    if text is None:
        raise BadInput(f"expected a winner among {', '.join(CANONICAL)}, got {shown(value)}; correct the label")
    folded = _folded(text)
    if folded in labels:
        return labels[folded]
    names = [None if name is None else _folded(str(name)) for name in models]
    readings = {side for side, name in zip((Winner.model_a, Winner.model_b), names, strict=False) if name == folded}
    plain = None if folded in _NUMBERS and _says_numbers(labels) else _standard(text)
    if plain is not None:
        readings.add(plain)
    labels.numbers_guessed |= plain is not None and folded in _NUMBERS
    if len(readings) == 1:
        return readings.pop()
    labels.numbers_unknown |= not readings and folded.lstrip("-").isdecimal()
    if readings:
        raise BadInput(
            f"expected a winner with one meaning, got {shown(value)}, which names a side and the other model; say "
            "which with --label"
        )
    raise BadInput(
        f"expected a winner among {', '.join(CANONICAL)} or one of the two models, got {shown(value)}; say what it "
        "means with --label, for example --label A=model_a"
    )


def _says_numbers(labels: LabelMeanings) -> bool:
    """Whether the caller said what some number means, so that no other number is guessed."""
    return any(label.lstrip("-").isdecimal() for label in labels)


def _standard(text: str) -> Winner | None:
    """The meaning of a label that needs no further knowledge; None if it has none."""
    spaced = re.sub(r"[\s_\-]+", " ", _folded(text).strip("[]"))
    joined = _JOINTS.sub("", spaced)
    if joined in _TIES:
        return Winner.tie
    if joined in _BOTH_BAD:
        return Winner.both_bad
    if side := _SIDE.fullmatch(joined) or _SIDE.fullmatch(spaced):
        return _SIDES[side[1]]
    compared = _COMPARED.fullmatch(joined)
    if compared is None:
        return None
    if compared[3]:
        return _SIDES[joined[0]]
    sign, is_first_a = compared[1] or compared[2], compared[1] is not None
    if sign == "=":
        return Winner.tie
    return Winner.model_a if (sign[0] == ">") == is_first_a else Winner.model_b


def _one_hot(row: RawRow) -> Winner:
    chosen = [column for column in ONE_HOT if column in row and fields.yes_no(row, column)]
    if len(chosen) != 1:
        raise BadInput(
            f"expected 1 in one of the columns {', '.join(column for column in ONE_HOT if column in row)}, got it in "
            f"{len(chosen)}; correct the row"
        )
    return ONE_HOT[chosen[0]]


def _text(value: object) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip(" \t\r\n\u200b\ufeff").casefold()
