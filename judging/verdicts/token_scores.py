"""A score from what a judge might have said: the mean over its legal answers, weighted by their probability.

Endpoints tell, for every token that was written, the likeliest tokens at that place. An answer of several tokens
("10" as "1", "0") is followed along the text that was written; what would have come behind a token that was not
written is not known, so an answer that such a token may begin or may be counts as not covered. Too little covered
mass is refused, never filled up.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from storage.errors import BadInput

LEAST_MASS = 0.8
"""Covered mass in (0, 1] below which there is no score unless the caller says otherwise."""

_OPEN_ENDS = ".,"


@dataclass(frozen=True)
class TokenProbabilities:
    """One place of a reply.

    Attributes:
        text: of the token that was written.
        top: natural log-probability, at most 0, of the likeliest tokens at this place.
    """

    text: str
    top: Mapping[str, float] = field(default_factory=dict)


class TokenScoreCause(StrEnum):
    """Why there is no score."""

    no_tokens = "no_tokens"
    low_mass = "low_mass"


@dataclass(frozen=True)
class TokenScore:
    """A score from token probabilities; exactly one of `value` and `refusal` is None.

    Attributes:
        value: mean of the legal answers' values, weighted by probability.
        mass: probability in [0, 1] of all legal answers together.
        refusal: why there is no value.
    """

    value: float | None
    mass: float
    refusal: TokenScoreCause | None = None


def expected_score(
    tokens: Sequence[TokenProbabilities],
    values: Mapping[str, float],
    *,
    least_mass: float = LEAST_MASS,
    is_whole: bool = False,
) -> TokenScore:
    """The mean of the legal answers: sum of value times probability, divided by the covered mass.

    Args:
        tokens: of the answer, from its first token on; what follows it may come too.
        values: of each legal answer by its text. {"A": 1, "B": 0} gives p(A) / (p(A) + p(B)), with "C" at 0.5 a tie.
        least_mass: covered mass in (0, 1] below which the score is refused.
        is_whole: whether the reply ended by itself with the last token, so that nothing could have followed.

    Raises:
        BadInput: a threshold outside (0, 1], no legal answer, or a log-probability above 0.
    """
    if not 0.0 < least_mass <= 1.0:
        raise BadInput(f"expected a least mass above 0 and at most 1, got {least_mass:g}; choose 0.8 or so")
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
    """Probability in [0, 1] of each legal answer, 0 where nothing speaks for it; what is not covered is missing.

    An answer counts where it is complete: where the token that follows cannot belong to it; where no longer legal
    answer begins with it and nothing is known of what follows; or at the end of a reply that ended by itself. Space
    before an answer does not count.

    Raises:
        BadInput: no legal answer, one that is empty or has space around it, or a log-probability above 0.
    """
    if not answers or any(not answer or answer != answer.strip() for answer in answers):
        raise BadInput(f"expected legal answers without space around them, got {list(answers)!r}; name at least one")
    found = dict.fromkeys(answers, 0.0)
    written, before = "", 1.0
    for number, token in enumerate(tokens, 1):
        for text, logarithm in token.top.items():
            if logarithm > 0.0:
                raise BadInput(
                    f"expected log-probabilities of at most 0, got {logarithm:g}; they are natural logarithms"
                )
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
    """The tokens behind the last `opening` (such as "[[") of the text, none where a token runs across its end."""
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
        BadInput: another shape.
    """
    try:
        return tuple(_read_token(place) for place in logprobs["content"] or ())  # type: ignore[index]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise BadInput(
            "expected log-probabilities as {content: [{token, logprob, top_logprobs}]}, got another shape; "
            "ask the endpoint for logprobs"
        ) from None


def _read_token(place: Mapping[str, object]) -> TokenProbabilities:
    alternatives: Sequence[Mapping[str, object]] = place.get("top_logprobs") or ()  # type: ignore[assignment]
    top = {str(one["token"]): float(one["logprob"]) for one in alternatives}  # type: ignore[arg-type]
    text = str(place["token"])
    top.setdefault(text, float(place["logprob"]))  # type: ignore[arg-type]
    return TokenProbabilities(text, top)


def _certain_answer(text: str, answers: Sequence[str]) -> str | None:
    """The legal answer that a text certainly gives, whatever may follow it."""
    for answer in sorted(answers, key=len, reverse=True):
        if not text.startswith(answer):
            continue
        rest = text[len(answer) :]
        if rest:
            return answer if _ends_answer(rest) else None
        return None if any(other != answer and other.startswith(answer) for other in answers) else answer
    return None


def _may_continue(text: str, answers: Sequence[str]) -> bool:
    """Whether more text may still make a legal answer of it."""
    if any(answer.startswith(text) for answer in answers):
        return True
    return any(text.startswith(answer) and text[len(answer) :] in _OPEN_ENDS for answer in answers)


def _ends_answer(rest: str) -> bool:
    """Whether what follows an answer cannot belong to it: "8." may become "8.5", "8. " may not."""
    if rest[0] in _OPEN_ENDS:
        return len(rest) > 1 and not rest[1].isalnum()
    return not rest[0].isalnum()
