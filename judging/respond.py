"""Collect a model's missing responses: each question once per sample, turn by turn.

A response is stored once its last turn is complete. A conversation that breaks off is stored as a failure with its
cause; a later run may add a complete response.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from judging.chat.batch import CHARACTERS_PER_TOKEN, BatchClient, Job, Price, run_jobs, tokens_of_image
from judging.chat.model import ChatRequest, ChatSettings, Reply
from judging.chat.reply_writer import ReplyWriter
from judging.prompts.messages import images_of, text_length
from judging.prompts.prompt_file import Message
from storage.database.engine import Database
from storage.questions.missing_responses import CollectedResponse, OpenQuestion, answered, store_responses
from storage.values import Json, ResponseState, as_turn

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Respondent:
    """A model whose responses are collected.

    Attributes:
        model: Model name at the endpoint.
        name: Name in the store and on leaderboards.
        settings: Generation settings; use a temperature above 0 for several samples.
        system: System prompt, empty for none.
    """

    model: str
    name: str
    settings: ChatSettings = field(default_factory=ChatSettings)
    system: str = ""

    @property
    def stored_settings(self) -> Json:
        """Settings that distinguish its responses from those with other settings."""
        return self.settings.as_json() | ({"system": self.system} if self.system else {})

    def opening(self) -> list[Message]:
        """Messages before the first turn."""
        return [{"role": "system", "content": self.system}] if self.system else []


@dataclass(frozen=True)
class MissingResponses:
    """Responses that a model missing lacks.

    Attributes:
        open: Questions and sample numbers without a response.
        answered_before: Number of requested responses that exist already.
        stored_requests: Number of requests that those took.
    """

    open: list[tuple[OpenQuestion, int]]
    answered_before: int
    stored_requests: int

    @property
    def requests(self) -> int:
        """Number of requests, one for each turn."""
        return sum(len(question.user_turns) for question, _ in self.open)


def find_missing(
    database: Database, respondent: Respondent, questions: Sequence[OpenQuestion], samples: int
) -> MissingResponses:
    """Find the responses that a model lacks."""
    with database.reading() as session:
        existing = answered(session, respondent.name, respondent.stored_settings)
    requested = [(question, sample) for question in questions for sample in range(samples)]
    return _missing(requested, existing)


def find_still_missing(database: Database, respondent: Respondent, before: MissingResponses) -> MissingResponses:
    """Those of some missing responses that are still missing, after another run may have collected them."""
    with database.reading() as session:
        existing = answered(session, respondent.name, respondent.stored_settings)
    found = _missing(before.open, existing)
    return replace(
        found,
        answered_before=before.answered_before + found.answered_before,
        stored_requests=before.stored_requests + found.stored_requests,
    )


def _missing(requested: list[tuple[OpenQuestion, int]], existing: Container[tuple[int, int]]) -> MissingResponses:
    missing = [(question, sample) for question, sample in requested if (question.id, sample) not in existing]
    found = MissingResponses(missing, len(requested) - len(missing), 0)
    turns = sum(len(question.user_turns) for question, _ in requested)
    return replace(found, stored_requests=turns - found.requests)


def highest_cost(respondent: Respondent, missing: MissingResponses, price: Price) -> float:
    """Highest cost of missing responses: each turn is sent after replies of the maximum length."""
    longest, total = respondent.settings.longest, 0.0
    for question, _ in missing.open:
        prompt = len(respondent.system) / CHARACTERS_PER_TOKEN
        for turn in question.user_turns:
            message: Message = {"role": "user", "content": turn}
            n_images = len(images_of([message]))
            prompt += text_length(message) / CHARACTERS_PER_TOKEN
            prompt += n_images * tokens_of_image(respondent.settings, price.image_tokens)
            total += price.mean_cost(prompt, longest)
            prompt += longest
    return total


class ResponseRun:
    """One run that collects responses; call `ask_all` once.

    Attributes:
        states: Number of responses by state.
        causes: Number of failed responses by cause, a code of `RequestCause`.
    """

    def __init__(
        self,
        database: Database,
        respondent: Respondent,
        client: BatchClient,
        *,
        clock: Callable[[], datetime],
        progress: Callable[["ResponseRun"], None] | None = None,
    ) -> None:
        """Prepare the run; nothing is sent yet.

        Args:
            database: Store to write to.
            respondent: Model whose responses are collected.
            client: Client to send requests with.
            clock: Current time.
            progress: Called with this run after each response.
        """
        self._database, self._respondent, self._asking, self._clock = database, respondent, client, clock
        self._progress = progress
        self._writer: ReplyWriter[CollectedResponse] = ReplyWriter(self._write)
        self.states: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()

    async def ask_all(self, missing: MissingResponses) -> None:
        """Collect all missing responses; those left open by the budget, an outage or the user are not counted.

        Raises:
            RequestError: Nothing was answered, for a reason that every request shares.
            StoreError: A response could not be stored; everything written before is kept.
        """
        self._writer.start()
        try:
            await run_jobs(self._jobs(missing), self._asking)
        finally:
            await self._writer.close()

    def _jobs(self, missing: MissingResponses) -> Iterator[Job]:
        for question, sample in missing.open:
            yield self._job(question, sample)

    def _job(self, question: OpenQuestion, sample: int) -> Job:
        async def job(client: BatchClient) -> None:
            self._keep(await self._converse(client, question, sample))

        return job

    async def _converse(self, client: BatchClient, question: OpenQuestion, sample: int) -> CollectedResponse:
        """Send turn by turn, each after the model's previous replies."""
        messages = self._respondent.opening()
        replies: list[Reply] = []
        for turn in question.user_turns:
            messages = [*messages, {"role": "user", "content": turn}]
            request = ChatRequest(self._respondent.model, messages, self._settings(sample), sample)
            outcome = await client.ask(request)
            if outcome.reply is None:
                cause = "unknown" if outcome.failure is None else outcome.failure.cause.value
                return _make_response(question, sample, replies, ResponseState.error, cause)
            replies.append(outcome.reply)
            state = _response_state(outcome.reply)
            if state is not ResponseState.ok:
                return _make_response(question, sample, replies, state, None)
            messages = [*messages, {"role": "assistant", "content": outcome.reply.text}]
        return _make_response(question, sample, replies, ResponseState.ok, None)

    def _settings(self, sample: int) -> ChatSettings:
        """Settings of one sample; each gets a seed of its own, since equal seeds give equal samples."""
        settings = self._respondent.settings
        return settings if settings.seed is None else replace(settings, seed=settings.seed + sample)

    def _keep(self, one: CollectedResponse) -> None:
        self._writer.put(one)
        self.states[one.state.value] += 1
        if one.state is ResponseState.error:
            self.causes[one.cause or "unknown"] += 1
        if self._progress is not None:
            self._progress(self)

    def _write(self, collected: Sequence[CollectedResponse]) -> None:
        respondent = self._respondent
        with self._database.writing() as session:
            store_responses(session, respondent.name, respondent.stored_settings, collected, now=self._clock())


def _response_state(reply: Reply) -> ResponseState:
    if reply.finish == "refused":
        return ResponseState.refused
    if not reply.text.strip():
        return ResponseState.empty
    return ResponseState.truncated if reply.finish == "length" else ResponseState.ok


def _make_response(
    question: OpenQuestion, sample: int, replies: Sequence[Reply], state: ResponseState, cause: str | None
) -> CollectedResponse:
    return CollectedResponse(
        question_id=question.id,
        turns=[as_turn(reply.text.replace("\x00", "\N{REPLACEMENT CHARACTER}")) for reply in replies],
        sample=sample,
        state=state,
        cause=cause,
        prompt_tokens=_sum_known([reply.prompt_tokens for reply in replies]),
        completion_tokens=_sum_known([reply.completion_tokens for reply in replies]),
        latency_seconds=_sum_known([reply.latency_seconds for reply in replies]),
    )


def _sum_known(values: Sequence[Number | None]) -> Number | None:
    """The sum; None if there is no value or one is unknown."""
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known and len(known) == len(values) else None
