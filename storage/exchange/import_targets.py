"""Find or create the models, raters, questions and responses that imported rows name.

Ids are remembered between the chunks of an import, because a million rows name the same few.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import select
from sqlmodel import Session

from storage.database.bulk import in_lists, insert_rows, take_ids
from storage.database.columns import table_of
from storage.database.tables import Question, Rater
from storage.exchange.question_import import QuestionImport
from storage.exchange.rows.canonical import (
    ONLY,
    PreferenceRow,
    RaterLabel,
    ResponseRow,
    SatisfactionRow,
    response_key,
    state_of,
)
from storage.questions import questions
from storage.questions.questions import QuestionText
from storage.values import UNKNOWN_KEY, RaterKind, ResponseState

_QUESTION, _RATER = table_of(Question), table_of(Rater)
_RATER_COLUMNS = ("id", "kind", "source", "key", "judge_model", "prompt_digest", "settings", "created_at")
_LOOKED_UP = 500
"""Number of keys of placeholders that are looked for in other sources."""
REMEMBERED = 300_000
"""Maximum number of questions to remember; every LMArena battle has a question of its own."""


class ImportTargets:
    """Finds or creates what rows name, inside one writing session."""

    def __init__(self, session: Session, material: QuestionImport, now: datetime) -> None:
        """Create new models, questions and responses through `questions`, which also counts them."""
        self._session, self._material, self._now = session, material, now
        self._questions: dict[tuple[str, str], int] = {}
        self._with_responses: set[int] = set()
        self._raters: dict[tuple[RaterKind, str, str], int] = {}
        self._sources: dict[str, bool] = {}
        self._made: set[int] = set()

    def models(self, names: Iterable[str]) -> dict[str, int]:
        """The ids of models by name; new models are created."""
        return self._material.model_ids(names)

    def raters(self, wanted: Iterable[RaterLabel]) -> dict[tuple[RaterKind, str, str], int]:
        """The ids of raters by kind, source and label; new raters are created. Each label includes its source."""
        unseen: dict[tuple[RaterKind, str, str], RaterLabel] = {}
        for label in wanted:
            self._material.tally.without_rater += label.label == UNKNOWN_KEY
            place = label.kind, label.source or "", label.label
            if place not in self._raters:
                unseen[place] = label
        for kind, source in {(kind, source) for kind, source, _ in unseen}:
            for some in in_lists([key for k, s, key in unseen if (k, s) == (kind, source)]):
                where = (_RATER.c.kind == kind, _RATER.c.source == source, _RATER.c.key.in_(some))
                for key, number in self._session.execute(select(_RATER.c.key, _RATER.c.id).where(*where)):
                    self._raters[kind, source, str(key)] = int(number)
        missing = [place for place in unseen if place not in self._raters]
        ids = take_ids(self._session, _RATER, len(missing)) if missing else ()
        rows = []
        for number, place in zip(ids, missing, strict=True):
            self._raters[place] = number
            judge = unseen[place].judge or (None, None, None)
            rows.append((number, *place, *judge, self._now))
        insert_rows(self._session, _RATER, _RATER_COLUMNS, rows)
        self._material.tally.raters += sum(label != UNKNOWN_KEY for _, _, label in missing)
        return self._raters

    def questions(self, rows: Sequence[PreferenceRow | SatisfactionRow]) -> list[int]:
        """The ids of the questions of rows; unknown ones become placeholders with category and language."""
        if len(self._questions) > REMEMBERED:
            self._made.update(map(hash, self._questions))
            self._questions.clear()
        known = self._questions
        places = [(row.question_source, row.question) for row in rows]
        unseen = {place: row for place, row in zip(places, rows, strict=True) if place not in known}
        for source in {source for source, _ in unseen}:
            held = self._holds(source)
            # What was made here and forgotten again is in the store; its hash tells which keys are worth a look.
            keys = [key for s, key in unseen if s == source and (held or hash((s, key)) in self._made)]
            for key, number in questions.find_questions(self._session, source, keys).items():
                known[source, key] = number
                if held:
                    self._with_responses.add(number)
        missing = [place for place in unseen if place not in known]
        self._look_elsewhere([key for _, key in missing if key != UNKNOWN_KEY][:_LOOKED_UP])
        texts = []
        for place in missing:
            row = unseen[place]
            hints = (row.category, row.language) if isinstance(row, PreferenceRow) else (None, None)
            texts.append(QuestionText(*place, None, *hints))
        known.update(zip(missing, questions.add_questions(self._session, texts, now=self._now), strict=True))
        self._material.tally.placeholders += sum(key != UNKNOWN_KEY for _, key in missing)
        self._material.tally.without_question += sum(key == UNKNOWN_KEY for _, key in places)
        return [known[place] for place in places]

    def _look_elsewhere(self, keys: Sequence[str]) -> None:
        """Note, once an import, which other sources hold questions with the keys of new placeholders.

        Short keys such as 7 are in many files, so a source without texts must hold most of them.
        """
        tally = self._material.tally
        if keys and tally.elsewhere is None:
            with_text = questions.sources_of_keys(self._session, keys, has_text=True).values()
            holders = Counter(chain.from_iterable(questions.sources_of_keys(self._session, keys).values()))
            most = {source for source, held in holders.items() if 2 * held > len(set(keys))}
            tally.elsewhere = tuple(sorted(most.union(*with_text)))

    def responses(
        self, question_ids: Sequence[int], model_ids: Sequence[int], keys: Sequence[str | None]
    ) -> list[int | None]:
        """The ids of responses by question, model and key.

        The key is made by `response_key`, `ONLY` for the only response that did not fail, or None for none.
        """
        with_responses = self._with_responses
        held = [number for number in question_ids if number in with_responses] if with_responses else []
        if not held:
            self._material.tally.unmatched += sum(key not in (None, ONLY) for key in keys)
            return [None] * len(keys)
        found: dict[tuple[int, int], dict[str, int]] = {}
        for response in questions.find_responses(self._session, held):
            if response.state is not ResponseState.error:
                name = response_key(response.digest, response.sample)
                found.setdefault((response.question_id, response.model_id), {})[name] = response.id
        ids: list[int | None] = []
        for question, model, key in zip(question_ids, model_ids, keys, strict=True):
            there = found.get((question, model), {})
            if key == ONLY:
                ids.append(next(iter(there.values())) if len(there) == 1 else None)
            else:
                ids.append(None if key is None else there.get(key))
                self._material.tally.unmatched += key is not None and ids[-1] is None
        return ids

    def bring_conversations(self, rows: Sequence[tuple[int, PreferenceRow]]) -> None:
        """Store the questions and responses of battles with texts."""
        brought = []
        for line, row in rows:
            texts = row.conversations
            if texts is not None:
                question = QuestionText(row.question_source, row.question, texts.question, row.category, row.language)
                for model, turns in ((row.model_a, texts.a), (row.model_b, texts.b)):
                    state, cause = state_of(turns)
                    place = row.question_source, row.question, model
                    brought.append((line, ResponseRow(*place, turns, {}, 0, state, cause, text=question)))
        if brought:
            tally = self._material.tally
            before = tally.added, tally.duplicates
            self._material.add_responses(brought)
            tally.responses += tally.added - before[0]
            tally.added, tally.duplicates = before
            self._sources = dict.fromkeys(self._sources, True)

    def _holds(self, source: str) -> bool:
        """Whether the store had questions of this source before this import."""
        if source not in self._sources:
            found = self._session.execute(select(_QUESTION.c.id).where(_QUESTION.c.source == source).limit(1)).first()
            self._sources[source] = found is not None
        return self._sources[source]
