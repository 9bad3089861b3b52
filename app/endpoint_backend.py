"""An endpoint as backend of tasks that generate: a chat is sent turn by turn, a plain prompt as one user message.

Likelihoods are refused: chat endpoints return log-probabilities of what they write, not of what they read.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence

from app.asking import run_asking
from judging.chat.batch import Asking, Job, Limits, Price, run_jobs
from judging.chat.model import ChatModel, ChatRequest, ChatSettings, Reply
from judging.prompt import Message
from objective.request import Finish, Generated, GenerateRequest, RollingRequest, Scored, ScoreRequest, Turn
from storage.errors import BadInput, EvenhandError

AT_ENDPOINT = "endpoint:"
"""Before the name of a model at an endpoint where the folder of a local model may stand."""

_FINISHES: dict[str, Finish] = {"stop": "end", "length": "length", "refused": "refused", "other": "end"}

_Come = tuple[int, tuple[Generated, ...]] | EvenhandError | None


class EndpointBackend:
    """Runs generative tasks at an endpoint; see `objective.request.Backend`."""

    def __init__(self, model: str, make_model: Callable[[], ChatModel], limits: Limits, price: Price) -> None:
        """Ask nothing yet.

        Args:
            model: name at the endpoint.
            make_model: called in the event loop that asks.
            limits: of the batch.
            price: of tokens.
        """
        self._model, self._make, self._limits, self._price = model, make_model, limits, price

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, Scored]]:
        """Refuse.

        Raises:
            BadInput: always.
        """
        raise BadInput(
            f"expected a local model for likelihoods, got {self._model!r} at an endpoint, and chat endpoints return no "
            "log-probabilities of a prompt; use --mode gen, or --model DIR"
        )

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, Scored]]:
        """Refuse; see `score`."""
        return self.score([ScoreRequest("", request.text) for request in requests])

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[Generated, ...]]]:
        """Texts as they come.

        Raises:
            NoReply: a request failed for good; those that were answered came before.
        """
        come: queue.SimpleQueue[_Come] = queue.SimpleQueue()
        asking = threading.Thread(target=self._ask_all, args=(requests, come), daemon=True)
        asking.start()
        failure: EvenhandError | None = None
        while (one := come.get()) is not None:
            if isinstance(one, EvenhandError):
                failure = failure or one
            else:
                yield one
        asking.join()
        if failure is not None:
            raise failure

    def tokens(self, text: str) -> list[str]:
        """The whole text as one: an endpoint does not show its tokens."""
        return [text]

    def _ask_all(self, requests: Sequence[GenerateRequest], come: "queue.SimpleQueue[_Come]") -> None:
        async def work(asking: Asking) -> None:
            await run_jobs((self._job(number, one, come) for number, one in enumerate(requests)), asking)
            if asking.totals.stopped:
                come.put(BadInput("expected a --budget that lasts for all items, got less; raise it and run again"))

        try:
            run_asking(self._make, work, limits=self._limits, price=self._price)
        except EvenhandError as error:
            come.put(error)
        finally:
            come.put(None)

    def _job(self, number: int, request: GenerateRequest, come: "queue.SimpleQueue[_Come]") -> Job:
        sampling = request.sampling
        turns = request.turns or (Turn("user", request.prompt),)
        messages = [Message(role=turn.role, content=turn.content) for turn in turns]

        async def job(asking: Asking) -> None:
            texts = []
            for sample in range(sampling.samples):
                settings = ChatSettings(
                    sampling.temperature, sampling.max_tokens, sampling.top_p, sampling.seed + sample, sampling.stop
                )
                asked = ChatRequest(self._model, messages, settings, sample)
                outcome = await asking.ask(asked)
                if outcome.reply is None:
                    if outcome.failure is not None:
                        come.put(outcome.failure)
                    return
                texts.append(_generated(outcome.reply))
            come.put((number, tuple(texts)))

        return job


def _generated(reply: Reply) -> Generated:
    return Generated(reply.text, _FINISHES[reply.finish], reply.prompt_tokens or 0, reply.completion_tokens or 0)
