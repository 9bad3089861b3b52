"""Files of pairs to judge, as `evenhand ask --out` writes them, with the probability with which each was drawn."""

import json
from collections.abc import Sequence
from pathlib import Path

from judging.run.items import PairIds, ResponsePair
from storage.database.engine import Database
from storage.errors import BadInput
from storage.judges.judgeable import question_keys
from storage.questions.model_names import standing_ids


def read_pair_file(database: Database, path: Path, pairs: Sequence[ResponsePair]) -> list[tuple[PairIds, float | None]]:
    """Question and both models of each line of a JSONL file, and the probability with which they were drawn, if given.

    Raises:
        BadInput: there is no such file, or a line has another form or names a pair that is not in the store.
    """
    if not path.is_file():
        raise BadInput(
            f"expected --pairs all, voted, baseline:MODEL or a JSONL file, got {str(path)!r}; check the path"
        )
    with database.reading() as session:
        keys: dict[str, set[int]] = {}
        for identity, key in question_keys(session, [one.question for one, _ in pairs]):
            keys.setdefault(key, set()).add(identity)
        found: list[tuple[PairIds, float | None]] = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                question, names = str(row["question"]), (str(row["model_a"]), str(row["model_b"]))
                chance = None if row.get("probability") is None else float(row["probability"])
            except (ValueError, KeyError, TypeError):
                form = '{"question": KEY, "model_a": NAME, "model_b": NAME}, probability may follow'
                raise BadInput(f"{path.name}:{number}: expected {form}, got {line[:60]!r}") from None
            models = standing_ids(session, names)
            if question not in keys or len(models) != len(set(names)):
                raise BadInput(
                    f"{path.name}:{number}: expected a question and models with responses, got {line[:80]!r}"
                )
            if chance is not None and not 0.0 < chance <= 1.0:
                raise BadInput(f"{path.name}:{number}: expected a probability above 0 and up to 1, got {chance!r}")
            found += [((one, models[names[0]], models[names[1]]), chance) for one in sorted(keys[question])]
    return found
