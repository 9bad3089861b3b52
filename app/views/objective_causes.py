"""The words for causes of failed predictions and of tasks that cannot be asked, in the reader's language."""

from app.views.sentences import say
from objective.causes import Cause, CauseCode, read_cause
from storage.values import Language


def cause_text(cause: Cause | str, language: Language) -> str:
    """A cause as a sentence; messages of servers and libraries, and sentences of version 0.1, stay as they are.

    Args:
        cause: the cause, or its form in the store.
        language: language of the reader.
    """
    if isinstance(cause, str):
        cause = read_cause(cause)
    if cause.code == CauseCode.message:
        return cause.text
    key = f"objective_cause_{cause.code}"
    if cause.code in _WITH_ANSWER and cause.answer:
        key += "_with_answer"
    fields = {name: value for name, value in vars(cause).items() if name != "code"}
    return say(language, key, **fields)


_WITH_ANSWER = frozenset({CauseCode.prompt_too_long, CauseCode.request_too_long})
