"""Counts the task files of an unpacked `lm_eval` wheel that can be read.

Run `python -m tests.objective.harness_files.count_readable DIR`.
"""

import sys
from collections import Counter
from pathlib import Path

from objective.tasks.task_files.fields import GroupFile, TaskFile, read_file
from storage.errors import BadInput


def count(folder: Path) -> dict[str, Counter[str]]:
    """Files by what they are, and the first reason of each task that cannot be asked."""
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for path in sorted(folder.rglob("*.yaml")):
        try:
            found = read_file(path)
        except BadInput as error:
            kinds["template or unreadable"] += 1
            reasons[str(error)[:60]] += 1
            continue
        if isinstance(found, GroupFile):
            kinds["group"] += 1
        elif "task" not in found.values:
            kinds["template or unreadable"] += 1
        else:
            kinds[_kind(found)] += 1
            reasons.update(one.split(" ")[0] for one in found.refused[:1])
    return {"files": kinds, "reasons": reasons}


def _kind(task: TaskFile) -> str:
    if task.refused:
        return "task, not supported"
    return "task, part of its scoring" if task.left_out else "task, whole"


if __name__ == "__main__":
    for title, found in count(Path(sys.argv[1])).items():
        print(title)
        for name, number in found.most_common():
            print(f"{number:7}  {name}")
