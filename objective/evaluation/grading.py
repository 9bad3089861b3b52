"""Marks answers by a grader, a model that compares an answer with its reference, where rules leave them unparsed.

Replies are kept with the predictions under the digest of their request, so that nothing is asked twice: not after an
interruption, not by another run that reuses the output, and not after a change of rules.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from objective.causes import Cause, CauseCode, cause_of
from objective.evaluation.plan import can_grade, content_key, task_rules
from objective.prompting.grader_prompts import VERSION, GraderMark, graded_text, grader_turns, read_mark
from objective.prompting.prompts import ChatTokenizer, render_turns
from objective.request import ChatTurn, FailedRequest, GeneratedText, GenerateRequest, Sampling
from objective.task import Item, Task
from storage.database.engine import Database
from storage.database.evaluation_tables import Prediction, PredictionState
from storage.errors import BadInput
from storage.evaluations.runs import mark_predictions, predictions
from storage.values import canonical_json, digest

GRADE = "grade"
"""Key of the mark that counts in the details of a prediction: `grader`, `mark` (None after a failure), `reply` and
`cause`."""
GRADES = "grades"
"""Key of all replies of graders in the details of a prediction, by the digest of their requests."""
SCORED_VALUES = "values"
"""Key of the values by metric in the details of a prediction that the scorer of its task, or a grader, scored."""
GradedShare = Literal["unparsed", "all"]
"""The answers that a grader marks: those that the rules leave unparsed, or all."""

_POINTS: Mapping[GraderMark, float | None] = {"correct": 1.0, "incorrect": 0.0, "not_attempted": None}
_MOST_WAITING = 64
_LONGEST_WAIT = timedelta(seconds=1)


class TextWriter(Protocol):
    """What a grader needs of a model: texts after prompts; see `objective.request.FallibleBackend`."""

    def generate(
        self, requests: Sequence[GenerateRequest]
    ) -> Iterator[tuple[int, tuple[GeneratedText, ...] | FailedRequest]]:
        """Generate texts, each result with the position of its request."""


@dataclass(frozen=True)
class GradingCounts:
    """What a grader had to do.

    Attributes:
        answers: number of answers to mark.
        stored: number of them whose reply was stored already.
        asked: number of requests that got a reply.
        prompt_tokens: tokens read for those.
        completion_tokens: tokens written for those.
    """

    answers: int = 0
    stored: int = 0
    asked: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Grader:
    """A model that marks answers.

    Attributes:
        name: name of the model as it is shown.
        revision: digest of what its replies depend on beside the prompt.
        open: makes the model; called only if a reply is missing.
        tokenizer: turns the prompt into the text that is sent.
        share: answers that it marks.
        max_tokens: maximum number of tokens per reply.
        report: called with the number of marked answers and their total.
        done: called with the counts at the end, also after an outage.
    """

    name: str
    revision: str
    open: Callable[[], TextWriter]
    tokenizer: ChatTokenizer
    share: GradedShare = "unparsed"
    max_tokens: int = 512
    report: Callable[[int, int], None] = lambda done, total: None
    done: Callable[[GradingCounts], None] = lambda counts: None

    @property
    def rules(self) -> str:
        """What a score depends on beside the answer: the version of the prompt, the model and its revision."""
        return f"grader {VERSION} of {self.share}: {self.name} {self.revision[:16]}"

    def request(self, turns: Sequence[ChatTurn]) -> GenerateRequest:
        """The request with a prompt."""
        text = render_turns(self.tokenizer, turns)
        return GenerateRequest(text, Sampling(max_tokens=self.max_tokens), "grader", tuple(turns))

    def digest(self, request: GenerateRequest) -> str:
        """The identity of a request to this grader; the maximum of tokens is no part of it, see `stands`."""
        return digest(canonical_json({"grader": self.revision, "prompt": request.prompt, "version": VERSION}))

    def stands(self, reply: Mapping[str, Any]) -> bool:
        """Whether a reply counts as it was kept: one without a mark that a smaller maximum cut off is asked again."""
        return not is_cut_off(reply) or reply.get("max_tokens", self.max_tokens) >= self.max_tokens

    def kept(self, result: GeneratedText) -> dict[str, Any]:
        """A reply as it is kept, for `stands`."""
        tokens = {"prompt_tokens": result.prompt_tokens, "completion_tokens": result.completion_tokens}
        return {"reply": result.text, "finish": result.finish, "max_tokens": self.max_tokens, **tokens}


def is_cut_off(reply: Mapping[str, Any]) -> bool:
    """Whether a kept reply ended at its maximum of tokens before it came to a mark."""
    return reply.get("finish") == "length" and "reply" in reply and read_mark(reply["reply"]) is None


@dataclass(frozen=True)
class GradedAnswer:
    """An answer that a grader marks, with its request.

    Attributes:
        prediction: the stored prediction.
        task: its task.
        item: its item.
        request: request to the grader.
        digest: identity of the request.
    """

    prediction: Prediction
    task: Task
    item: Item
    request: GenerateRequest
    digest: str


def asked_question(item: Item) -> str:
    """The question of an item with its options, as a grader sees it."""
    options = [f"{letter}. {text}" for letter, text in zip(item.letters, item.options, strict=True)]
    return "\n".join([item.question, *options])


def references(item: Item) -> list[str]:
    """The accepted answers of an item; letters with the texts of their options."""
    if item.kind not in ("choice", "choices"):
        return list(item.gold)
    texts = dict(zip(item.letters, item.options, strict=True))
    return ["; ".join(f"{letter}. {texts[letter]}" for letter in one) if texts else one for one in item.gold]


def grade_answers(
    database: Database, run_id: int, tasks: Sequence[Task], grader: Grader, *, now: Callable[[], datetime]
) -> None:
    """Mark the answers of a run that fall to the grader; each reply is stored when it comes.

    Args:
        database: an open store.
        run_id: id of the run, whose predictions are scored by the rules.
        tasks: tasks of the run, limited as in the run.
        grader: the grader.
        now: the clock.

    Raises:
        BackendOutage: the grader cannot go on; the same call continues.
    """
    answers = [one for task in tasks if can_grade(task) for one in _answers(database, run_id, task, grader)]
    marks = _MarkWriter(database, grader, total=len(answers), now=now)
    missing: dict[str, list[GradedAnswer]] = {}
    for one in answers:
        stored = one.prediction.details.get(GRADES, {}).get(one.digest)
        if stored is None or not grader.stands(stored):
            missing.setdefault(one.digest, []).append(one)
        else:
            marks.add(one, stored, is_stored=True)
    try:
        if missing:
            alike = list(missing.values())
            for place, result in _replies(grader.open(), [same[0].request for same in alike]):
                marks.count(result)
                for one in alike[place]:
                    marks.add(one, _stored_reply(result, grader))
    finally:
        marks.flush()
        grader.done(marks.counts)


def _answers(database: Database, run_id: int, task: Task, grader: Grader) -> Iterator[GradedAnswer]:
    items = {item.key: item for item in task.items}
    states = {PredictionState.unparsed} | ({PredictionState.scored} if grader.share == "all" else set())
    with database.reading() as session:
        stored = predictions(session, run_id, task.name)
    for prediction in stored:
        item = items.get(prediction.item)
        text = graded_text(prediction.output or "", prompt=prediction.prompt)
        if item is None or prediction.state not in states or not item.gold or not text.strip():
            continue
        request = grader.request(grader_turns(asked_question(item), references(item), text))
        yield GradedAnswer(prediction, task, item, request, grader.digest(request))


def ask_grader(
    grader: Grader, requests: Sequence[GenerateRequest]
) -> Iterator[tuple[int, GeneratedText | FailedRequest]]:
    """The reply of a grader to each request, with the position of the request.

    Raises:
        BackendOutage: the grader cannot go on.
    """
    yield from _replies(grader.open(), requests)


def _replies(
    writer: TextWriter, requests: Sequence[GenerateRequest]
) -> Iterator[tuple[int, GeneratedText | FailedRequest]]:
    """The reply to each request; those of a batch that one request spoils are asked in halves."""
    open_places = dict.fromkeys(range(len(requests)))
    try:
        for place, texts in writer.generate(requests):
            open_places.pop(place, None)
            yield place, texts if isinstance(texts, FailedRequest) else texts[0]
    except BadInput as error:
        rest = list(open_places)
        if len(rest) == 1:
            yield rest[0], FailedRequest(error)
            return
        for half in (rest[: len(rest) // 2], rest[len(rest) // 2 :]):
            for place, result in _replies(writer, [requests[one] for one in half]):
                yield half[place], result


def _stored_reply(result: GeneratedText | FailedRequest, grader: Grader) -> dict[str, Any]:
    return {"cause": cause_of(result.error).stored()} if isinstance(result, FailedRequest) else grader.kept(result)


class _MarkWriter:
    """Stores marks, at the latest a second after their replies came."""

    def __init__(self, database: Database, grader: Grader, *, total: int, now: Callable[[], datetime]) -> None:
        self._database, self._grader, self._now, self._total = database, grader, now, total
        self._rows: list[dict[str, Any]] = []
        self._since = now()
        self._stored = self._marked = self._asked = self._read = self._written = 0

    @property
    def counts(self) -> GradingCounts:
        return GradingCounts(self._total, self._stored, self._asked, self._read, self._written)

    def count(self, result: GeneratedText | FailedRequest) -> None:
        if isinstance(result, GeneratedText):
            self._asked += 1
            self._read += result.prompt_tokens
            self._written += result.completion_tokens

    def add(self, answer: GradedAnswer, reply: Mapping[str, Any], *, is_stored: bool = False) -> None:
        self._stored += is_stored
        self._rows.append(_marked_columns(answer, reply, self._grader))
        self._marked += 1
        if len(self._rows) >= _MOST_WAITING or self._now() - self._since >= _LONGEST_WAIT:
            self.flush()

    def flush(self) -> None:
        rows, self._rows = self._rows, []
        self._since = self._now()
        if rows:
            with self._database.writing() as session:
                mark_predictions(session, rows)
            self._grader.report(self._marked, self._total)


def _marked_columns(answer: GradedAnswer, reply: Mapping[str, Any], grader: Grader) -> dict[str, Any]:
    """The columns of a prediction after its mark; a reply without a mark is a failure of the grader, never wrong."""
    mark = read_mark(reply["reply"]) if "reply" in reply else None
    unreadable = CauseCode.cut_off_mark if is_cut_off(reply) else CauseCode.unreadable_mark
    cause = None if mark else reply.get("cause") or Cause(unreadable, name=grader.name).stored()
    points = None if mark is None else _POINTS[mark]
    state = PredictionState.unparsed if points is None else PredictionState.scored
    prediction, rules = answer.prediction, f"{task_rules(answer.task)}, {grader.rules}"
    details = {
        **prediction.details,
        GRADE: {"grader": grader.name, "mark": mark, "reply": reply.get("reply"), "cause": cause},
    }
    if "reply" in reply:
        details[GRADES] = {**prediction.details.get(GRADES, {}), answer.digest: dict(reply)}
    if answer.task.scorer:
        details[SCORED_VALUES] = None if points is None else {"accuracy": points}
    return {
        "id": prediction.id,
        "state": PredictionState.grader_failed if mark is None else state,
        "extracted": prediction.extracted,
        "score": points,
        "content": content_key(prediction.asked, answer.item, rules),
        "details": details,
    }
