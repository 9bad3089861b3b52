"""A tokenizer and a backend without a model, for tests of prompts and evaluation runs."""

from collections.abc import Callable, Iterator, Sequence

from objective.request import GeneratedText, GenerateRequest, RollingRequest, ScoredContinuation, ScoreRequest

TEMPLATE = "written out below"


class CharacterTokenizer:
    """A chat tokenizer whose tokens are characters."""

    def __init__(self, *, adds_bos: bool = False, has_system: bool = True, template: str | None = TEMPLATE) -> None:
        self.bos_token, self.chat_template = "<s>", template
        self._adds_bos, self._has_system = adds_bos, has_system

    def apply_chat_template(
        self, conversation: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        assert not tokenize and add_generation_prompt
        if conversation[0]["role"] == "system" and not self._has_system:
            raise ValueError("System role not supported")
        roles = [turn["role"] for turn in conversation if turn["role"] != "system"]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"], "turns must alternate"
        turns = "".join(f"[{turn['role']}]{turn['content']}[/{turn['role']}]" for turn in conversation)
        return f"{self.bos_token}{turns}[assistant]"

    def tokenize(self, text: str, *, add_special_tokens: bool) -> list[str]:
        return self.tokens(text)

    def tokens(self, text: str) -> list[str]:
        start = []
        if text.startswith(self.bos_token):
            start, text = [self.bos_token], text.removeprefix(self.bos_token)
        return ([self.bos_token] if self._adds_bos else []) + start + list(text)


class ScriptedBackend:
    """A backend that answers by a function, records its requests, and can fail after some of them."""

    def __init__(
        self,
        answer: Callable[[str], str] = lambda prompt: "A",
        likelihood: Callable[[str, str], float] = lambda context, continuation: -float(len(continuation)),
        *,
        break_after: int | None = None,
        error: type[BaseException] = KeyboardInterrupt,
    ) -> None:
        self._answer, self._likelihood = answer, likelihood
        self._break_after, self._error = break_after, error
        self.asked: list[str] = []

    def _ask(self, text: str) -> None:
        if self._break_after is not None and len(self.asked) >= self._break_after:
            raise self._error("stopped on the way")
        self.asked.append(text)

    def score(self, requests: Sequence[ScoreRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        for place in reversed(range(len(requests))):
            request = requests[place]
            self._ask(request.context + request.continuation)
            size = len(request.continuation)
            yield (
                place,
                ScoredContinuation(
                    self._likelihood(request.context, request.continuation),
                    size,
                    len(request.continuation.encode()),
                    False,
                ),
            )

    def rolling(self, requests: Sequence[RollingRequest]) -> Iterator[tuple[int, ScoredContinuation]]:
        yield from ()

    def generate(self, requests: Sequence[GenerateRequest]) -> Iterator[tuple[int, tuple[GeneratedText, ...]]]:
        for place in reversed(range(len(requests))):
            request = requests[place]
            self._ask(request.prompt)
            text = self._answer(request.prompt)
            one = GeneratedText(text, "stop", len(request.prompt), len(text))
            yield place, (one,) * request.sampling.samples

    def tokens(self, text: str) -> list[str]:
        return list(text)
