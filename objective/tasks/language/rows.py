"""Rows of published data, with errors that name row and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem
from objective.tasks.published_files import PublishedData, cell
from storage.errors import NotFound

EXAMPLES = "train"
"""Split that examples come from."""
_MOST_EXAMPLES = 64


@dataclass(frozen=True)
class Row:
    """One row of a data file.

    Attributes:
        values: values by column.
        key: identifier of the row, unique in its file.
        title: title of the data, for error messages.
    """

    values: Mapping[str, Any]
    key: str
    title: str

    def value(self, *columns: str) -> Any:  # noqa: ANN401  as the file has it
        """The value in the first of some columns that the row has.

        Raises:
            TaskProblem: the row has none of the columns.
        """
        return cell(self.values, *columns, key=self.key, title=self.title)

    def text(self, *columns: str) -> str:
        """The text in the first of some columns that the row has.

        Raises:
            TaskProblem: the row has none of the columns, or no text in it.
        """
        value = self.value(*columns)
        if not isinstance(value, str):
            raise self.problem(f"a text in {' or '.join(columns)}", value)
        return value

    def texts(self, *columns: str) -> tuple[str, ...]:
        """The list of texts in the first of some columns that the row has.

        Raises:
            TaskProblem: the row has none of the columns, or no list of texts in it.
        """
        value = self.value(*columns)
        if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(one, str) for one in value):
            raise self.problem(f"a list of texts in {' or '.join(columns)}", value)
        return tuple(value)

    def part(self, column: str) -> "Row":
        """The object in a column, as a row of its own.

        Raises:
            TaskProblem: the row has no object there.
        """
        value = self.value(column)
        if not isinstance(value, Mapping):
            raise self.problem(f"an object in {column}", value)
        return Row(value, self.key, self.title)

    def parts(self, column: str) -> list["Row"]:
        """The objects of the list in a column, each as a row of its own.

        Raises:
            TaskProblem: the row has no list of objects there.
        """
        value = self.value(column)
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise self.problem(f"a list of objects in {column}", value)
        return [Row(one, self.key, self.title) for one in value]

    def label(self, names: Sequence[str], *columns: str, first: int = 0) -> int:
        """The place of the row's label among names, from 0.

        Args:
            names: labels as the authors write them, in the order in which a data hub numbers them.
            columns: columns to look in; `label` if none is given.
            first: number of the first label.

        Raises:
            TaskProblem: the row has no label, or none of these.
        """
        text = str(self.value(*(columns or ("label",)))).strip()
        known = {str(first + place): place for place in range(len(names))} | {
            name: place for place, name in enumerate(names)
        }
        place = known.get(text, known.get(text.lower()))
        if place is None:
            raise TaskProblem(
                f"expected a label among {', '.join(known)} in row {self.key} of {self.title}, got {text!r:.60}; the "
                "data may be of another version, or its test split has no answers",
                Cause(CauseCode.wrong_answer, name=self.key, text=text[:80]),
            )
        return place

    def problem(self, expected: str, value: object) -> TaskProblem:
        """An error that says what was expected in this row."""
        message = f"expected {expected} in row {self.key} of {self.title}, got {value!r:.60}; fetch the file again"
        return TaskProblem(message, Cause(CauseCode.message, text=message))


def read_rows(data: PublishedData, split: str) -> tuple[Row, ...]:
    """The rows of a split, numbered from 0.

    Raises:
        NotFound: there is no file of the split.
        BadInput: a file cannot be read.
    """
    return tuple(Row(row, str(number), data.title) for number, row in enumerate(data.rows(split)))


def read_examples(data: PublishedData) -> tuple[Row, ...]:
    """The first rows of the split that examples come from; empty where the data folder has none."""
    if EXAMPLES not in data.files:
        return ()
    try:
        rows = data.rows(EXAMPLES)[:_MOST_EXAMPLES]
    except NotFound:
        return ()
    return tuple(Row(row, f"example-{number}", data.title) for number, row in enumerate(rows))
