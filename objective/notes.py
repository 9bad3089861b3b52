"""Facts about the scores of a task that a reader must know, as codes with their numbers; `app.views` has the words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class NoteCode(StrEnum):
    """What a note says. Codes are stored, so they are never renamed."""

    dropped = "dropped"
    """`count` of `total` prompts hold fewer examples than asked for, so that they fit."""
    truncated = "truncated"
    """`count` of `total` prompts were cut on the left."""
    length = "length"
    """`count` of `total` answers ended at the limit of new tokens."""
    system = "system"
    """`count` of `total` prompts carry the system text in a user turn, since the chat template has no system role."""
    refused = "refused"
    """`count` of `total` answers were refused by the server of the model."""
    failed = "failed"
    """`count` of `total` predictions failed, for `reasons` different reasons; the cause beside it is the commonest."""
    not_asked = "not_asked"
    """`count` of `total` predictions were not asked for yet."""
    no_published_answer = "no_published_answer"
    """The item `name` is published without an answer and left out."""
    several_right_options = "several_right_options"
    """`count` items have several right options and are left out in mode `ppl`."""
    missing_task_scores = "missing_task_scores"
    """A model has no value for `count` of the `total` tasks of a group; `name` is the first of them."""
    sentence = "sentence"
    """`name` is a sentence of version 0.1, which stored notes as English text; it is shown as it stands."""


COUNTED = frozenset(
    {
        NoteCode.dropped,
        NoteCode.truncated,
        NoteCode.length,
        NoteCode.system,
        NoteCode.refused,
        NoteCode.failed,
        NoteCode.not_asked,
    }
)
"""Codes whose `count` and `total` can be added up over tasks."""

FAILURES = frozenset({NoteCode.failed, NoteCode.not_asked})
"""Codes that say why predictions are missing."""


@dataclass(frozen=True)
class Note:
    """One fact about the scores of a task.

    Attributes:
        code: what the note says.
        count: number of prompts, answers, items or tasks that the note is about; 0 where the code has none.
        total: number of all of them; 0 where the code has none.
        reasons: number of different causes of failure; 0 where the code has none.
        name: name of an item, task or model, or the text of an old note; empty where the code has none.
        model: model that a note about a group is about; empty elsewhere.
    """

    code: NoteCode
    count: int = 0
    total: int = 0
    reasons: int = 0
    name: str = ""
    model: str = ""

    def as_json(self) -> dict[str, Any]:
        """The note for a JSON column: its code, and the fields that the code uses."""
        return {name: value for name, value in asdict(self).items() if value}


def read_note(stored: Mapping[str, Any] | str) -> Note:
    """A note from a JSON column; the text that version 0.1 stored becomes a note of code `sentence`."""
    if isinstance(stored, str):
        return Note(NoteCode.sentence, name=stored)
    return Note(**{**stored, "code": NoteCode(stored["code"])})
