"""Why a prediction failed or a task cannot be asked, as codes with numbers; the words are in `app.views`."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from storage.errors import BadInput, EvenhandError, NotFound


class CauseCode(StrEnum):
    """The kind of a cause. Codes are stored, so they must not be renamed."""

    no_answer = "no_answer"
    """The engine returned nothing for the prompt."""
    option_without_tokens = "option_without_tokens"
    """The option `name` has no tokens."""
    continuation_without_tokens = "continuation_without_tokens"
    """The option `name` adds no tokens to its prompt."""
    no_likelihoods = "no_likelihoods"
    """The likelihoods are not numbers."""
    prompt_too_long = "prompt_too_long"
    """The prompt of item `name` has `count` tokens without any example and needs `answer` more, of `limit`."""
    request_too_long = "request_too_long"
    """A request has `count` tokens and needs `answer` new ones, but the model reads `limit`."""
    continuation_too_long = "continuation_too_long"
    """An option has `count` tokens, but the model reads `limit`."""
    too_few_examples = "too_few_examples"
    """The task has `count` examples, and `limit` were requested."""
    no_chat_template = "no_chat_template"
    """The tokenizer has no chat template."""
    no_vision = "no_vision"
    """The item has an image, and the model reads none; `text` is the message of the server, if it was asked."""
    no_folder = "no_folder"
    """The data of `name` is not in the folder of data; `text` is the file or folder that was looked for."""
    no_file = "no_file"
    """The data file `name` does not exist."""
    unsupported_mode = "unsupported_mode"
    """The task can be asked in mode `name` but not in mode `text`."""
    missing_column = "missing_column"
    """A row of the data has no column `name`; `text` lists its columns."""
    wrong_answer = "wrong_answer"
    """The answer of item `name` is `text`, which is none of its options."""
    no_reference = "no_reference"
    """The item `name` has no reference answer."""
    other_data = "other_data"
    """The data of `name` is of another version; `text` is its digest."""
    programs_not_allowed = "programs_not_allowed"
    """The task runs programs of the model, which the option `name` would allow."""
    no_sandbox = "no_sandbox"
    """Programs cannot be run safely on this machine, because of `text`."""
    failed_load = "failed_load"
    """The user's file `name` fails to load the task with the error `text`."""
    unreadable_mark = "unreadable_mark"
    """The reply of the grader `name` does not end in one mark."""
    cut_off_mark = "cut_off_mark"
    """The reply of the grader `name` ended at the maximum of tokens before its mark."""
    message = "message"
    """`text` is the message of a server or library, or a sentence from version 0.1; it is shown unchanged."""


@dataclass(frozen=True)
class Cause:
    """One cause of failure.

    Attributes:
        code: kind of the cause.
        count: number of tokens or examples; 0 where the code has none.
        limit: largest or smallest number that was allowed; 0 where the code has none.
        answer: number of tokens reserved for the answer; 0 where the code has none.
        name: name of an item, option, file, publication or mode; empty where the code has none.
        text: message or further name; empty where the code has none.
    """

    code: CauseCode
    count: int = 0
    limit: int = 0
    answer: int = 0
    name: str = ""
    text: str = ""

    def stored(self) -> str:
        """The cause for a text column: a message as it is, any other code as JSON with the fields that it uses."""
        if self.code == CauseCode.message:
            return self.text
        return json.dumps({name: value for name, value in asdict(self).items() if value}, ensure_ascii=False)


class TaskProblem(BadInput):
    """A task or one of its items cannot be asked as it is.

    Attributes:
        cause: code and numbers of the problem; None after a message that has none.
    """

    def __init__(self, message: str, cause: Cause | None = None) -> None:
        """Keep the cause beside the message; the default lets the error travel between processes."""
        super().__init__(message)
        self.cause = cause


class MissingData(NotFound):
    """The data of a task is not there.

    Attributes:
        cause: code and names of what is missing; None after a message that has none.
    """

    def __init__(self, message: str, cause: Cause | None = None) -> None:
        """Keep the cause beside the message."""
        super().__init__(message)
        self.cause = cause


def cause_of(error: BaseException) -> Cause:
    """The cause that an error carries, or else its message: a sentence of ours, or its type and first line."""
    if isinstance(error, TaskProblem | MissingData) and error.cause is not None:
        return error.cause
    if isinstance(error, EvenhandError):
        return Cause(CauseCode.message, text=str(error))
    first_line = str(error).strip().split("\n", 1)[0]
    kind = type(error).__name__
    return Cause(CauseCode.message, text=f"{kind}: {first_line}" if first_line else kind)


def read_cause(stored: str) -> Cause:
    """A cause from a text column; any text that is not a stored code is a message."""
    if stored.startswith('{"code": '):
        try:
            fields = json.loads(stored)
            return Cause(**{**fields, "code": CauseCode(fields["code"])})
        except (ValueError, TypeError):
            pass
    return Cause(CauseCode.message, text=stored)
