"""Groups and titles of a family with one task per subject, from a table of subjects."""

from collections.abc import Mapping, Sequence

from objective.task import TaskGroup

SubjectRow = tuple[str, str, str, bool]
"""Name, Chinese name, area, and whether the subject belongs to the family's special group."""

AREAS = ("stem", "social-science", "humanities", "other")


def subject_groups(family: str, rows: Sequence[SubjectRow], *, special: str) -> tuple[TaskGroup, ...]:
    """One group per area, the special group, and a group of all subjects.

    Args:
        family: name of the family, which begins the name of each task and group.
        rows: subjects in the order of the summary.
        special: name of the special group, such as `hard`.
    """

    def group(name: str, subjects: Sequence[SubjectRow]) -> TaskGroup:
        return TaskGroup(name, tuple(f"{family}-{subject}" for subject, *_ in subjects))

    areas = [group(f"{family}-{area}", [row for row in rows if row[2] == area]) for area in AREAS]
    return (*areas, group(f"{family}-{special}", [row for row in rows if row[3]]), group(family, rows))


_SMALL_WORDS = frozenset({"and", "of", "the", "in", "to"})
_ABBREVIATIONS = {"us": "US"}


def subject_titles(family: str, subjects: Mapping[str, str]) -> dict[str, str]:
    """The titles of tasks by name, such as "Probability and Statistics (概率统计)".

    Args:
        family: name of the family, which begins the name of each task.
        subjects: Chinese names by subject; empty where there is none.
    """
    return {f"{family}-{name}": subject_title(name, chinese) for name, chinese in subjects.items()}


def subject_title(name: str, chinese: str = "") -> str:
    """The title of a subject from its name in the published files."""
    words = [word if word in _SMALL_WORDS else _ABBREVIATIONS.get(word, word.capitalize()) for word in name.split("_")]
    return " ".join(words) + (f" ({chinese})" if chinese else "")
