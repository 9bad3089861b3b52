"""Reading a reply so that whatever happens is a verdict or a failure with a cause, also by the rules of others."""

import math
from collections.abc import Callable

from judging.verdicts.verdict import OutputForm, Verdict, VerdictCause
from storage.values import storable_text

_LONGEST_NAME, _MOST_NUMBERS = 200, 100
_LONGEST_ERROR = 200


def read_safely(read: Callable[[], Verdict], form: OutputForm, *, is_several: bool = False) -> Verdict:
    """The verdict of a rule; an error of the rule, and a verdict that cannot be stored, are failures with a cause.

    A reply that was paid for must be stored, so no text of a judge may raise an error. The error is kept beside the
    cause, since it may be a fault of the rule.

    Args:
        read: The rule, applied to a reply.
        form: Form that was asked for.
        is_several: Whether the verdict must have a number for each of the form's names.
    """
    try:
        verdict = read()
    except Exception as error:  # noqa: BLE001  whatever a rule meets in a text, the run goes on
        return Verdict(cause=VerdictCause.unreadable, error=_described(error))
    if not verdict.is_parsed:
        return verdict
    numbers = [*verdict.values.values(), *([] if verdict.value is None else [verdict.value])]
    if any(len(name) > _LONGEST_NAME or storable_text(name) != name for name in verdict.values):
        return Verdict(cause=VerdictCause.wrong_schema)
    is_missing = (
        verdict.value is None if form.is_pairwise else is_several and bool(set(form.names) - set(verdict.values))
    )
    if is_missing or not 0 < len(numbers) <= _MOST_NUMBERS:
        return Verdict(cause=VerdictCause.wrong_schema, marker=verdict.marker)
    if not all(math.isfinite(number) and (not form.is_pairwise or 0.0 <= number <= 1.0) for number in numbers):
        return Verdict(cause=VerdictCause.out_of_range, marker=verdict.marker)
    return verdict


def _described(error: Exception) -> str:
    message = storable_text(str(error).partition("\n")[0])
    return f"{type(error).__name__}: {message}"[:_LONGEST_ERROR]
