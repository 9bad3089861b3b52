"""The words of notes about objective scores, in the reader's language; counts are added up over tasks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.views.objective_causes import cause_text
from app.views.sentences import say
from objective.notes import COUNTED, MARKED, Note, NoteCode
from objective.summary.table import PARSED_SUFFIX, Summary, TaskResult
from storage.values import Language

_TASKS_NAMED = 3


def note_text(note: Note, language: Language, *, cause: str = "") -> str:
    """A note as a phrase.

    Args:
        note: what to say.
        language: language of the reader.
        cause: stored cause of the commonest failure, for a note about failed predictions; a note without numbers is
            the cause alone.
    """
    if note.code == NoteCode.failed and not note.total:
        return cause_text(cause, language)
    if note.code == NoteCode.sentence:
        return note.name
    names = {"name": note.name, "model": note.model, "cause": cause_text(cause, language)}
    if note.code not in COUNTED:
        more = note.count - 1
        key = f"objective_note_{note.code}"
        if note.code == NoteCode.missing_task_scores and more:
            key = "objective_note_missing_task_scores_more"
        return say(language, key, count=note.count, total=note.total, more=more, **names)
    what = say(language, f"objective_note_{note.code}", **names)
    if note.reasons > 1:
        what = say(language, "objective_note_more_reasons", what=what, more=note.reasons - 1)
    return say(language, "objective_note_counted", count=note.count, total=note.total, what=what)


def english_note(note: Note, cause: str) -> str:
    """A note as an English phrase, for files and the command line."""
    return note_text(note, "en", cause=cause)


def marked_by(notes: Iterable[Note], language: Language) -> str:
    """Who marked the answers of a run, with counts over its tasks; rules alone where no grader was at work."""
    counts: dict[tuple[NoteCode, str], int] = {}
    for note in notes:
        if note.code in MARKED:
            counts[note.code, note.name] = counts.get((note.code, note.name), 0) + note.count
    if not counts:
        return say(language, "objective_marked_rules_only")
    ordered = sorted(counts.items(), key=lambda one: MARKED.index(one[0][0]))
    told = [say(language, f"objective_n_{code}", n=count, name=name) for (code, name), count in ordered]
    return say(language, "objective_between").join(told)


def remarks(summary: Summary, language: Language) -> list[str]:
    """Notes of runs about tasks, a sentence per model and note, with the counts of all its tasks added up.

    Messages of servers and libraries are shown as they were stored.
    """
    found: dict[tuple[str, NoteCode, str, str], _Remark] = {}
    for result in summary.results:
        if result.metric.endswith(PARSED_SUFFIX):
            continue
        for note, cause in _notes_with_causes(result):
            key = (result.model, note.code, "" if note.code in COUNTED else f"{note.name} {note.count}", cause)
            found.setdefault(key, _Remark(Note(note.code, name=note.name), cause)).add(note, result.task)
    return [
        say(
            language,
            "objective_note",
            model=model,
            text=note_text(remark.note, language, cause=remark.cause),
            tasks=_some(remark.tasks, language),
        )
        for (model, *_), remark in found.items()
    ] + [
        say(language, "objective_note", model=model, text=text, tasks=_some(tasks, language))
        for model, text, tasks in _unparsed(summary.results, language)
    ]


def _unparsed(results: Iterable[TaskResult], language: Language) -> Iterable[tuple[str, str, list[str]]]:
    """Yield for each model with unparsed answers its name, their number in words, and the tasks."""
    counts: dict[str, dict[str, int]] = {}
    for result in results:
        if result.unparsed:
            counts.setdefault(result.model, {})[result.task] = result.unparsed  # the same for each metric of a task
    for model, tasks in counts.items():
        yield model, say(language, "objective_note_unparsed", n=sum(tasks.values())), list(tasks)


@dataclass
class _Remark:
    """A note of one model over several tasks."""

    note: Note
    cause: str
    tasks: list[str] = field(default_factory=list)

    def add(self, note: Note, task: str) -> None:
        self.tasks.append(task)
        if note.code in COUNTED:
            self.note = replace(
                self.note,
                count=self.note.count + note.count,
                total=self.note.total + note.total,
                reasons=max(self.note.reasons, note.reasons),
            )
        else:
            self.note = note


def _notes_with_causes(result: TaskResult) -> Iterable[tuple[Note, str]]:
    """Notes of a result, each with its cause; a cause that no note counts gets a note without numbers."""
    cause = result.cause or ""
    if cause and not any(note.code == NoteCode.failed for note in result.notes):
        yield Note(NoteCode.failed), cause
    for note in result.notes:
        yield note, cause if note.code == NoteCode.failed else ""


def _some(tasks: Sequence[str], language: Language) -> str:
    """The first tasks by name, and the number of the others."""
    own = list(dict.fromkeys(tasks))
    shown, more = ", ".join(own[:_TASKS_NAMED]), len(own) - _TASKS_NAMED
    return say(language, "board_and_more", shown=shown, n=more) if more > 0 else shown
