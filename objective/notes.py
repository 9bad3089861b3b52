"""Notes on the scores of a task, as codes with numbers; `app.views.objective_notes` has the sentences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

PROGRAM = "program_"
"""Beginning of the codes that say how programs of the model ended."""


class NoteCode(StrEnum):
    """The kind of a note. Codes are stored, so they must not be renamed."""

    dropped = "dropped"
    """`count` of `total` prompts have fewer examples than requested, because more did not fit."""
    truncated = "truncated"
    """`count` of `total` prompts were cut on the left."""
    length = "length"
    """`count` of `total` answers ended at the limit of new tokens."""
    system = "system"
    """`count` of `total` prompts have the system text in a user turn, because the template has no system role."""
    refused = "refused"
    """`count` of `total` answers were refused by the server of the model."""
    failed = "failed"
    """`count` of `total` predictions failed for `reasons` different reasons; the stored cause is the most frequent."""
    not_asked = "not_asked"
    """`count` of `total` predictions have not been requested yet."""
    marked_by_rules = "marked_by_rules"
    """`count` of `total` answers were marked by rules, in a run with a grader."""
    marked_by_grader = "marked_by_grader"
    """`count` of `total` answers were marked by the grader `name`."""
    not_attempted = "not_attempted"
    """`count` of `total` answers give no answer, as the grader `name` says; they are among the unparsed ones."""
    left_unparsed = "left_unparsed"
    """`count` of `total` answers are unparsed and were not shown to the grader `name`, as they are empty."""
    grader_failed = "grader_failed"
    """`count` of `total` answers have no mark, because the grader `name` failed."""
    without_vote = "without_vote"
    """`count` of `total` items are not in the metric `majority`: a grader marked answers that have no text to vote."""
    program_failed = "program_failed"
    """`count` of `total` programs of the model fail a test."""
    program_raised = "program_raised"
    """`count` of `total` programs of the model end with an error."""
    program_syntax_error = "program_syntax_error"
    """`count` of `total` programs of the model are no valid Python."""
    program_timed_out = "program_timed_out"
    """`count` of `total` programs of the model do not end in time."""
    program_out_of_memory = "program_out_of_memory"
    """`count` of `total` programs of the model need too much memory."""
    program_printed_too_much = "program_printed_too_much"
    """`count` of `total` programs of the model print too much."""
    program_started_process = "program_started_process"
    """`count` of `total` programs of the model try to start a process."""
    program_opened_socket = "program_opened_socket"
    """`count` of `total` programs of the model try to open a network connection."""
    program_wrote_outside = "program_wrote_outside"
    """`count` of `total` programs of the model try to write a file outside their folder."""
    program_filled_disk = "program_filled_disk"
    """`count` of `total` programs of the model write too much to the disk."""
    program_exited_early = "program_exited_early"
    """`count` of `total` programs of the model end before their tests do."""
    program_crashed = "program_crashed"
    """`count` of `total` programs of the model crash."""
    no_published_answer = "no_published_answer"
    """The item `name` is published without an answer and left out."""
    no_published_answers = "no_published_answers"
    """`count` items are published without an answer and left out."""
    several_right_options = "several_right_options"
    """`count` items have several right options and are left out in mode `ppl`."""
    missing_task_scores = "missing_task_scores"
    """A model has no value for `count` of the `total` tasks of a group; `name` is the first of them."""
    partial_task_scores = "partial_task_scores"
    """The value of a model lacks answers of some items in `count` of the `total` tasks of a group, the first `name`."""
    sentence = "sentence"
    """`name` is a sentence from version 0.1, which stored notes as English text; it is shown unchanged."""


COUNTED = frozenset(
    {
        NoteCode.dropped,
        NoteCode.truncated,
        NoteCode.length,
        NoteCode.system,
        NoteCode.refused,
        NoteCode.failed,
        NoteCode.not_asked,
        NoteCode.marked_by_rules,
        NoteCode.marked_by_grader,
        NoteCode.not_attempted,
        NoteCode.left_unparsed,
        NoteCode.grader_failed,
    }
    | {code for code in NoteCode if code.startswith(PROGRAM)}
)
"""Codes with a `count` and `total` that can be added up over tasks."""

FAILURES = frozenset({NoteCode.failed, NoteCode.not_asked})
"""Codes for missing predictions."""

MARKED = (
    NoteCode.marked_by_rules,
    NoteCode.marked_by_grader,
    NoteCode.not_attempted,
    NoteCode.left_unparsed,
    NoteCode.grader_failed,
)
"""Codes that say by whom the answers of a run with a grader were marked; their counts add up to its answers."""


@dataclass(frozen=True)
class Note:
    """One fact about the scores of a task.

    Attributes:
        code: kind of the note.
        count: number of prompts, answers, items or tasks that the note applies to; 0 if the code has none.
        total: total number of them; 0 if the code has none.
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
