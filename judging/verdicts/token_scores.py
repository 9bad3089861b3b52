"""Expected scores: the mean over a judge's possible answers, weighted by their token probability.

For every generated token, endpoints return the most likely tokens at that position. An answer of several tokens ("10"
as "1", "0") is followed along the generated text. What would have followed a token that was not generated is unknown,
so an answer that such a token may begin or may be counts as not covered. If too little probability mass is covered,
there is no score.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from storage.errors import BadInput

LEAST_MASS = 0.8
"""Default of the covered probability mass in (0, 1] below which there is no score."""

_OPEN_ENDS = ".,"


@dataclass(frozen=True)
class TokenProbabilities:
    """One token of a reply with its alternatives.

    Attributes:
        text: Text of the generated token.
        top: Natural log-probabilities, at most 0, of the most likely tokens at this position, by their text.
    """

    text: str
    top: Mapping[str, float] = field(default_factory=dict)


class TokenScoreCause(StrEnum):
    """Why token probabilities give no score; these codes are stored."""

    no_tokens = "no_tokens"
    low_mass = "low_mass"


@dataclass(frozen=True)
class TokenScore:
    """A score from token probabilities; exactly one of `value` and `cause` is None.

    Attributes:
        value: Mean of the values of the legal answers, weighted by probability.
        mass: Total probability of the legal answers in [0, 1].
        cause: Why there is no value.
    """

    value: float | None
    mass: float
    cause: TokenScoreCause | None = None


def expected_score(
    tokens: Sequence[TokenProbabilities],
    values: Mapping[str, float],
    *,
    least_mass: float = LEAST_MASS,
    is_whole: bool = False,
) -> TokenScore:
    """Mean value of the legal answers: sum of value times probability, divided by the covered mass.

    Args:
        tokens: Tokens from the first token of the answer; tokens after the answer may follow.
        values: Value of each legal answer by its text. {"A": 1, "B": 0} gives p(A) / (p(A) + p(B)); add "C" at 0.5 for
            ties.
        least_mass: Covered mass in (0, 1] below which there is no score.
        is_whole: Whether the reply ended on its own after the last token, so that nothing could have followed.

    Raises:
        BadInput: A threshold outside (0, 1], no legal answer, or a log-probability above 0.
    """
    if not 0.0 < least_mass <= 1.0:
        raise BadInput(f"expected a least mass above 0 and at most 1, got {least_mass:g}; choose a value such as 0.8")
    if not any(token.top for token in tokens):
        return TokenScore(None, 0.0, TokenScoreCause.no_tokens)
    found = answer_probabilities(tokens, list(values), is_whole=is_whole)
    mass = math.fsum(found.values())
    if mass < least_mass or mass == 0.0:
        return TokenScore(None, mass, TokenScoreCause.low_mass)
    return TokenScore(math.fsum(values[answer] * share for answer, share in found.items()) / mass, min(mass, 1.0))


def answer_probabilities(
    tokens: Sequence[TokenProbabilities], answers: Sequence[str], *, is_whole: bool = False
) -> dict[str, float]:
    """Probability in [0, 1] of each legal answer, 0 if no token supports it; uncovered mass is left out.

    An answer counts once it is complete: when the next token cannot belong to it; when no longer legal answer begins
    with it and nothing is known about the next token; or at the end of a reply that ended on its own. Whitespace before
    an answer is ignored.

    Raises:
        BadInput: No legal answer, an empty one or one with whitespace around it, or a log-probability above 0.
    """
    if not answers or any(not answer or answer != answer.strip() for answer in answers):
        raise BadInput(f"expected legal answers without outer whitespace, got {list(answers)!r}; give at least one")
    found = dict.fromkeys(answers, 0.0)
    written, before = "", 1.0
    for number, token in enumerate(tokens, 1):
        for text, logarithm in token.top.items():
            if logarithm > 0.0:
                raise BadInput(f"expected log-probabilities of at most 0, got {logarithm:g}; pass natural logarithms")
            if text != token.text:
                answer = _certain_answer((written + text).lstrip(), answers)
                if answer is not None:
                    found[answer] += before * math.exp(logarithm)
        if token.text not in token.top:
            return found
        written, before = (written + token.text).lstrip(), before * math.exp(token.top[token.text])
        answer = _certain_answer(written, answers)
        if answer == written and number < len(tokens) and tokens[number].top:
            continue
        if answer is not None:
            found[answer] += before
        if answer is not None or not _may_continue(written, answers):
            return found
    if is_whole and written in found:
        found[written] += before
    return found


def tokens_after_last(tokens: Sequence[TokenProbabilities], opening: str) -> Sequence[TokenProbabilities]:
    """The tokens after the last `opening` (such as "[[") of the text; none if a token runs across its end."""
    text = "".join(token.text for token in tokens)
    place = text.rfind(opening)
    if place < 0:
        return ()
    end, at = place + len(opening), 0
    for number, token in enumerate(tokens):
        if at == end:
            return tokens[number:]
        at += len(token.text)
    return ()


def read_tokens(logprobs: object) -> tuple[TokenProbabilities, ...]:
    """Tokens from `choices[].logprobs` of a chat completion: `content`, a list of `token`, `logprob`, `top_logprobs`.

    Raises:
        BadInput: The value has another shape.
    """
    try:
        return tuple(_read_token(place) for place in logprobs["content"] or ())  # type: ignore[index]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise BadInput(
            "expected log-probabilities as {content: [{token, logprob, top_logprobs}]}, got another shape; "
            "use an endpoint that returns logprobs"
        ) from None


def _read_token(place: Mapping[str, object]) -> TokenProbabilities:
    alternatives: Sequence[Mapping[str, object]] = place.get("top_logprobs") or ()  # type: ignore[assignment]
    top = {str(one["token"]): float(one["logprob"]) for one in alternatives}  # type: ignore[arg-type]
    text = str(place["token"])
    top.setdefault(text, float(place["logprob"]))  # type: ignore[arg-type]
    return TokenProbabilities(text, top)


def _certain_answer(text: str, answers: Sequence[str]) -> str | None:
    """The legal answer that a text gives regardless of what follows it, None if that is open."""
    for answer in sorted(answers, key=len, reverse=True):
        if not text.startswith(answer):
            continue
        rest = text[len(answer) :]
        if rest:
            return answer if _ends_answer(rest) else None
        return None if any(other != answer and other.startswith(answer) for other in answers) else answer
    return None


def _may_continue(text: str, answers: Sequence[str]) -> bool:
    """Whether more text could still complete a legal answer."""
    if any(answer.startswith(text) for answer in answers):
        return True
    return any(text.startswith(answer) and text[len(answer) :] in _OPEN_ENDS for answer in answers)


def _ends_answer(rest: str) -> bool:
    """Whether the text after an answer cannot belong to it: "8." may become "8.5", "8. " cannot."""
    if rest[0] in _OPEN_ENDS:
        return len(rest) > 1 and not rest[1].isalnum()
    return not rest[0].isalnum()
