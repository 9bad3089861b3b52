"""Collect a model's missing responses: every question once for each sample, every turn in its conversation.

A response is stored when its last turn is there; one that breaks off is stored as a failure with its cause, beside
which a later run may put a good one.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from judging.chat.batch import BatchClient, Job, run_jobs
from judging.chat.model import ChatRequest, ChatSettings, Reply
from judging.chat.reply_writer import ReplyWriter
from judging.chat.retrying import RetryPolicy
from judging.prompts.prompt_file import Message
from judging.run.judge_run import FATAL_CAUSES
from storage.database.engine import Database
from storage.questions.missing_responses import CollectedResponse, OpenQuestion, answered, store_responses
from storage.values import Json, ResponseState, as_turn

_FIRST_RETRY = RetryPolicy(attempts=2)


@dataclass(frozen=True)
class Respondent:
    """A model that answers, and how.

    Attributes:
        model: its name at the endpoint.
        name: in the store, and on boards.
        settings: of the generation; with several samples a temperature above 0 is wanted.
        system: system prompt, empty for none.
    """

    model: str
    name: str
    settings: ChatSettings = field(default_factory=ChatSettings)
    system: str = ""

    @property
    def stored_settings(self) -> Json:
        """What tells its responses from those under other settings."""
        return self.settings.as_json() | ({"system": self.system} if self.system else {})

    def opening(self) -> list[Message]:
        """The messages before the first turn."""
        return [{"role": "system", "content": self.system}] if self.system else []


@dataclass(frozen=True)
class MissingResponses:
    """What a model has not answered yet.

    Attributes:
        open: question and sample.
        answered_before: of what was asked for, those that are there.
    """

    open: list[tuple[OpenQuestion, int]]
    answered_before: int

    @property
    def requests(self) -> int:
        """One for each turn."""
        return sum(len(question.asked) for question, _ in self.open)


def find_missing(
    database: Database, respondent: Respondent, questions: Sequence[OpenQuestion], samples: int
) -> MissingResponses:
    """What has to be asked."""
    with database.reading() as session:
        there = answered(session, respondent.name, respondent.stored_settings)
    wanted = [(question, sample) for question in questions for sample in range(samples)]
    still = [(question, sample) for question, sample in wanted if (question.id, sample) not in there]
    return MissingResponses(still, len(wanted) - len(still))


class ResponseRun:
    """One run of `evenhand respond`; `ask_all` may be called once.

    Attributes:
        states: responses by how they ended.
        causes: failed ones by cause.
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
        """Begin with nothing collected."""
        self._database, self._respondent, self._asking, self._clock = database, respondent, client, clock
        self._progress = progress
        self._writer: ReplyWriter[CollectedResponse] = ReplyWriter(self._write)
        self._has_asked = False
        self.states: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()

    async def ask_all(self, wanted: MissingResponses) -> None:
        """Collect everything that is missing; what the budget kept back is not counted.

        Raises:
            RequestError: the first request failed in a way that every other one would.
            StoreError: something could not be stored; all that was written before is.
        """
        self._writer.start()
        try:
            jobs = self._jobs(wanted)
            first = next(jobs, None)
            if first is not None:
                await run_jobs([first], self._asking)
                await run_jobs(jobs, self._asking)
        finally:
            await self._writer.close()

    def _jobs(self, wanted: MissingResponses) -> Iterator[Job]:
        for question, sample in wanted.open:
            yield self._job(question, sample)

    def _job(self, question: OpenQuestion, sample: int) -> Job:
        async def job(client: BatchClient) -> None:
            self._keep(await self._converse(client, question, sample))

        return job

    async def _converse(self, client: BatchClient, question: OpenQuestion, sample: int) -> CollectedResponse:
        """Ask turn after turn, each after the model's own answers."""
        messages = self._respondent.opening()
        replies: list[Reply] = []
        for turn in question.asked:
            messages = [*messages, {"role": "user", "content": turn}]
            request = ChatRequest(self._respondent.model, messages, self._settings(sample), sample)
            is_first, self._has_asked = not self._has_asked, True
            outcome = await client.ask(request, retry=_FIRST_RETRY if is_first else None)
            if is_first and outcome.failure is not None:
                if outcome.failure.cause in FATAL_CAUSES:
                    raise outcome.failure
                outcome = await client.ask(request)
            if outcome.reply is None:
                cause = "unknown" if outcome.failure is None else str(outcome.failure)
                return _make_response(question, sample, replies, ResponseState.error, cause)
            replies.append(outcome.reply)
            state = _response_state(outcome.reply)
            if state is not ResponseState.ok:
                return _make_response(question, sample, replies, state, None)
            messages = [*messages, {"role": "assistant", "content": outcome.reply.text}]
        return _make_response(question, sample, replies, ResponseState.ok, None)

    def _settings(self, sample: int) -> ChatSettings:
        """Samples under one seed would all be the same."""
        settings = self._respondent.settings
        return settings if settings.seed is None else replace(settings, seed=settings.seed + sample)

    def _keep(self, one: CollectedResponse) -> None:
        self._writer.put(one)
        self.states[one.state.value] += 1
        if one.state is ResponseState.error:
            self.causes[(one.cause or "unknown").split(" (", 1)[0]] += 1
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
        prompt_tokens=_total([reply.prompt_tokens for reply in replies]),
        completion_tokens=_total([reply.completion_tokens for reply in replies]),
        latency_seconds=_seconds([reply.latency_seconds for reply in replies]),
    )


def _total(counts: Sequence[int | None]) -> int | None:
    """The sum; unknown where one is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _seconds(latencies: Sequence[float | None]) -> float | None:
    known = [latency for latency in latencies if latency is not None]
    return sum(known) if known and len(known) == len(latencies) else None
