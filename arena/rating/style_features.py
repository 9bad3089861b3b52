"""Style features of battles: differences of two responses that raters may prefer regardless of quality.

A feature of a battle is (a - b) / (a + b + 1) of a count in the two responses, between -1 and 1, and zero for equal
counts; or +1/-1 for the side shown first and for the own organisation of a judge. Features are never centred, since
responses of equal style must be at zero.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from storage.ledger.battles import Battles, CodeArray, FloatArray, IdArray

COUNTED = ("length", "headers", "lists", "bold")
"""Features that are computed from counts in the two responses."""

STYLE_FEATURES = (*COUNTED, "side", "own")
"""Length in words, Markdown headers, list items and bold passages outside code; side shown first; own organisation."""

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\*_#`+.-])")
_HEADER = re.compile(r"^ {0,3}#{1,6}(?:[ \t]|$)", re.MULTILINE)
_LIST_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)[^\n*]+?(?:\*(?!\*)[^\n*]+?)*?(?<=\S)\*\*|(?<!\w)__(?=\S)[^\n]+?(?<=\S)__(?!\w)")
_WORD = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]|[^\W\u3040-\u9fff\uac00-\ud7af]+"
)


class StyleCounts(NamedTuple):
    """Counts of one response, in the order of `COUNTED`."""

    length: int
    headers: int
    lists: int
    bold: int


@dataclass(frozen=True, eq=False)
class BattleStyle:
    """Features of battles.

    Attributes:
        names: names of the columns, among `STYLE_FEATURES`.
        values: (n_battles, n_features); rows where `known` is false hold zeros.
        known: whether every feature of the battle could be computed; (n_battles,).
    """

    names: tuple[str, ...]
    values: FloatArray
    known: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class StyleSources:
    """Sources of the features.

    Attributes:
        responses: counts by response id.
        models: organisation by model name.
        judges: organisation by rater name.
    """

    responses: Mapping[int, StyleCounts]
    models: Mapping[str, str]
    judges: Mapping[str, str]


def count_style(text: str) -> StyleCounts:
    """Count words of the whole text, and Markdown headers, list items and bold passages outside code.

    A Chinese, Japanese or Korean character counts as a word. An unclosed code fence extends to the end.
    """
    prose = _ESCAPED.sub(" ", _INLINE_CODE.sub(" ", _FENCE.sub("\n", text)))
    counted = (len(pattern.findall(prose)) for pattern in (_HEADER, _LIST_ITEM))
    headers, lists = counted
    return StyleCounts(len(_WORD.findall(text)), headers, lists, sum(1 for _ in _BOLD.finditer(prose)))


def battle_style(battles: Battles, names: tuple[str, ...], sources: StyleSources) -> BattleStyle:
    """Compute the features of battles.

    Features of a battle are unknown if the text of a response is missing, or, for `own`, the organisation of the judge
    or of a model.
    """
    columns, known = [], np.ones(len(battles), np.bool_)
    if any(name in COUNTED for name in names):
        counts = {side: _counts(getattr(battles, f"response_{side}"), sources.responses) for side in "ab"}
        known &= ~(np.isnan(counts["a"]) | np.isnan(counts["b"])).any(axis=1)
    for name in names:
        if name in COUNTED:
            a, b = (counts[side][:, COUNTED.index(name)] for side in "ab")
            columns.append(relative_difference(a, b))
        elif name == "side":
            columns.append(np.ones(len(battles)))
        else:
            values, told = _own(battles, sources)
            columns.append(values)
            known &= told
    values = np.column_stack(columns) if columns else np.empty((len(battles), 0))
    values[~known] = 0.0
    return BattleStyle(names, values, known)


def relative_difference(a: FloatArray, b: FloatArray) -> FloatArray:
    """(a - b) / (a + b + 1) of counts of any shape."""
    difference: FloatArray = (a - b) / (a + b + 1.0)
    return difference


def _counts(ids: IdArray, responses: Mapping[int, StyleCounts]) -> FloatArray:
    """(n_battles, 4) counts by response, NaN where the text is unknown."""
    present, place = np.unique(ids, return_inverse=True)
    unknown = (np.nan,) * len(COUNTED)
    table = np.array([responses.get(int(identity), unknown) for identity in present], np.float64)
    return table.reshape(len(present), len(COUNTED))[place]


def _own(battles: Battles, sources: StyleSources) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """+1 if A has the organisation of the judge, -1 if B has it, 0 for both or neither; and whether it is known."""
    codes: dict[str, int] = {}

    def coded(names: tuple[str, ...], made: Mapping[str, str]) -> CodeArray:
        found = [codes.setdefault(made[name], len(codes)) if name in made else -1 for name in names]
        return np.array([*found, -1], np.int32)

    model, judge = coded(battles.models, sources.models), coded(battles.raters, sources.judges)
    a, b, rater = model[battles.a], model[battles.b], judge[battles.rater]
    known = (a >= 0) & (b >= 0) & (rater >= 0)
    own = (a == rater).astype(np.float64) - (b == rater)
    return np.where(known, own, 0.0), known
