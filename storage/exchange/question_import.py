"""Import questions and responses: add new ones, recognise known ones, refuse contradictions.

It works on chunks inside one writing transaction; each chunk sees what the chunks before it stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from storage.exchange.rows.canonical import ResponseRow
from storage.exchange.rows.problems import Problems, shown
from storage.questions import questions
from storage.questions.questions import QuestionText
from storage.spelling import clean_name
from storage.values import ResponseState, Turn

_COMPARED = ("turns", "category", "language", "reference")
_COPIED = (
    "turns",
    "settings",
    "sample",
    "state",
    "cause",
    "prompt_tokens",
    "completion_tokens",
    "latency_seconds",
)
_ResponseKey = tuple[int, int, str, int]


@dataclass
class ImportTally:
    """Counts of an import so far; see `storage.exchange.importing.ImportReport`.

    Attributes:
        added: number of new rows of the imported kind.
        duplicates: number of rows that are already in the store or earlier in the file.
        filled: number of placeholders that got a text.
        placeholders: number of new questions without a text, created because rows name their keys or hold no text.
        elsewhere: other sources that hold questions with the keys and with texts; None before the first are looked up.
        questions: number of new questions with a text that came with rows of another kind.
        responses: number of new responses that came with rows of another kind.
        models: names of new models.
        similar: groups of names of models in the store that look alike, where this import names one of them.
        raters: number of new raters.
        without_rater: number of new rows that name no rater.
        without_question: number of new rows that name no question.
        unmatched: number of responses that rows name and that are not in the store.
    """

    added: int = 0
    duplicates: int = 0
    filled: int = 0
    placeholders: int = 0
    elsewhere: tuple[str, ...] | None = None
    questions: int = 0
    responses: int = 0
    models: list[str] = field(default_factory=list)
    similar: tuple[tuple[str, ...], ...] = ()
    raters: int = 0
    without_rater: int = 0
    without_question: int = 0
    unmatched: int = 0


@dataclass
class _Slot:
    """A response that is stored, or will be stored at the end of the chunk."""

    id: int | None
    turns: list[Turn]
    state: ResponseState
    cause: str | None
    created_at: datetime

    def holds(self, row: ResponseRow) -> bool:
        """Whether a row is the same response; failed attempts with the same text differ by cause and time."""
        if self.turns != row.turns or self.state != row.state:
            return False
        if row.state is not ResponseState.error:
            return True
        return self.cause == row.cause and row.created_at in (None, self.created_at)


class QuestionImport:
    """Writes questions and responses.

    The methods take rows with line numbers and return one id for each, None for a wrong row.
    """

    def __init__(self, session: Session, problems: Problems, now: datetime) -> None:
        """Work in one writing session; `now` is the time of rows without one."""
        self.tally = ImportTally()
        self._session, self._problems, self._now = session, problems, now
        self._models: dict[str, int] = {}
        self._new_models: set[str] = set()

    def model_ids(self, names: Iterable[str]) -> dict[str, int]:
        """The ids of models by name; new models are created."""
        unseen = [name for name in dict.fromkeys(names) if name not in self._models]
        if unseen:
            known = questions.find_models(self._session, unseen)
            new = dict.fromkeys(clean_name(name) for name in unseen if name not in known)
            self.tally.models.extend(name for name in new if name not in self._new_models)
            self._new_models.update(new)
            self._models.update(questions.ensure_models(self._session, unseen))
        return self._models

    def add_questions(self, rows: Sequence[tuple[int, QuestionText]]) -> list[int | None]:
        """Store questions, fill placeholders, and refuse another text for a known key."""
        known: dict[tuple[str, str], tuple[int, QuestionText]] = {}
        for source in {question.source for _, question in rows}:
            keys = {question.key for _, question in rows if question.source == source}
            found = questions.read_questions(self._session, source, keys)
            known.update({(source, key): value for key, value in found.items()})
        new: dict[tuple[str, str], QuestionText] = {}
        for line, question in rows:
            place = question.source, question.key
            if place in known:
                self._merge_stored(line, question, known)
            elif place in new:
                merged = self._merged(line, new[place], question)
                new[place] = merged or new[place]
                self.tally.duplicates += merged is not None
            else:
                new[place] = question
        ids = questions.add_questions(self._session, list(new.values()), now=self._now)
        self.tally.added += len(ids)
        self.tally.placeholders += sum(question.turns is None for question in new.values())
        placed = dict(zip(new, ids, strict=True)) | {place: number for place, (number, _) in known.items()}
        return [placed[question.source, question.key] for _, question in rows]

    def add_responses(self, rows: Sequence[tuple[int, ResponseRow]]) -> list[int | None]:
        """Store responses to known questions, or to questions that the rows include."""
        question_ids = self._question_ids(rows)
        models = self.model_ids(row.model for _, row in rows)
        known = self._stored({number for number in question_ids if number is not None})
        slots: list[_Slot | None] = []
        new: list[tuple[_Slot, dict[str, Any]]] = []
        for (line, row), question_id in zip(rows, question_ids, strict=True):
            slot = None
            if question_id is not None and line not in self._problems.lines:
                place = question_id, models[row.model], questions.settings_digest(row.settings), row.sample
                there = known.setdefault(place, [])
                slot = next((one for one in there if one.holds(row)), None)
                if slot is not None:
                    self.tally.duplicates += 1
                elif _contradicts(row, there):
                    self._problems.add(
                        line,
                        f"expected one response of {shown(row.model)} to question {shown(row.question)} as sample "
                        f"{row.sample}, got a different one; give it another sample number",
                    )
                else:
                    slot = _Slot(None, row.turns, row.state, row.cause, row.created_at or self._now)
                    there.append(slot)
                    new.append((slot, self._values(row, place)))
            slots.append(slot)
        made = questions.add_responses(self._session, [values for _, values in new])
        for (slot, _), number in zip(new, made, strict=True):
            slot.id = number
        self.tally.added += len(made)
        return [None if slot is None else slot.id for slot in slots]

    def _merge_stored(
        self, line: int, question: QuestionText, known: dict[tuple[str, str], tuple[int, QuestionText]]
    ) -> None:
        place = question.source, question.key
        number, before = known[place]
        merged = self._merged(line, before, question)
        if merged is None:
            return
        if merged == before:
            self.tally.duplicates += 1
            return
        known[place] = number, merged
        questions.set_question(self._session, number, merged._asdict())
        if before.turns is None and merged.turns is not None:
            self.tally.filled += 1
        else:
            self.tally.duplicates += 1

    def _merged(self, line: int, before: QuestionText, question: QuestionText) -> QuestionText | None:
        """The merged question, or None if the two contradict each other."""
        for column in _COMPARED:
            old, new = getattr(before, column), getattr(question, column)
            # The category and language of a placeholder come from some vote and may be replaced.
            if old is not None and new is not None and old != new and (column == "turns" or before.turns is not None):
                self._problems.add(
                    line,
                    f"expected question {shown(question.key)} of source {shown(question.source)} as stored, "
                    f"got another {column}; give the file another --source or the question another key",
                )
                return None
        values = {
            column: getattr(before if getattr(question, column) is None else question, column) for column in _COMPARED
        }
        fills = before.turns is None and question.turns is not None
        created_at = (question.created_at if fills else None) or before.created_at
        return before._replace(**values, private=before.private or question.private, created_at=created_at)

    def _question_ids(self, rows: Sequence[tuple[int, ResponseRow]]) -> list[int | None]:
        brought = [(line, row.text) for line, row in rows if row.text is not None]
        if brought:
            before = self.tally.added, self.tally.duplicates
            self.add_questions(brought)
            self.tally.questions += self.tally.added - before[0]
            self.tally.added, self.tally.duplicates = before
        sources = self._sources(rows)
        wanted: dict[str, set[str]] = {}
        for (_, row), source in zip(rows, sources, strict=True):
            if source is not None:
                wanted.setdefault(source, set()).add(row.question)
        found = {source: questions.find_questions(self._session, source, keys) for source, keys in wanted.items()}
        ids: list[int | None] = []
        for (line, row), source in zip(rows, sources, strict=True):
            number = None if source is None else found[source].get(row.question)
            if source is not None and number is None:
                self._problems.add(
                    line,
                    f"expected a question that is in the store, got {shown(row.question)} of source {shown(source)}; "
                    "import the questions first, or name their source with --source",
                )
            ids.append(number)
        return ids

    def _sources(self, rows: Sequence[tuple[int, ResponseRow]]) -> list[str | None]:
        """The source of each row's question; a row without one takes the only source with that key."""
        open_keys = {row.question for _, row in rows if row.source is None}
        holders = questions.sources_of_keys(self._session, open_keys) if open_keys else {}
        sources: list[str | None] = []
        for line, row in rows:
            if row.source is not None:
                sources.append(row.source)
                continue
            found = holders.get(row.question, [])
            if len(found) != 1:
                several = f"it in the sources {', '.join(found)}" if found else "none of that key"
                self._problems.add(
                    line,
                    f"expected one question {shown(row.question)} in the store, got {several}; "
                    + ("name the source with --source" if found else "import the questions first"),
                )
            sources.append(found[0] if len(found) == 1 else None)
        return sources

    def _stored(self, question_ids: set[int]) -> dict[_ResponseKey, list[_Slot]]:
        stored: dict[_ResponseKey, list[_Slot]] = {}
        found = [response.id for response in questions.find_responses(self._session, question_ids)]
        for response in questions.read_responses(self._session, found):
            place = response.question_id, response.model_id, response.settings_digest, response.sample
            slot = _Slot(response.id, response.turns, response.state, response.cause, response.created_at)
            stored.setdefault(place, []).append(slot)
        return stored

    def _values(self, row: ResponseRow, place: _ResponseKey) -> dict[str, Any]:
        values = {name: getattr(row, name) for name in _COPIED}
        return values | {
            "question_id": place[0],
            "model_id": place[1],
            "settings_digest": place[2],
            "created_at": row.created_at or self._now,
        }


def _contradicts(row: ResponseRow, known: list[_Slot]) -> bool:
    """Whether a response conflicts with those known: any number of attempts may have failed, but only one succeeded."""
    failed = ResponseState.error
    return row.state is not failed and any(slot.state != failed for slot in known)
