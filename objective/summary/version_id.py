"""The six-digit version ids of OpenCompass summaries, for tasks that repeat one of its configurations word for word.

An id is the start of a SHA-256 over the configuration of prompt, examples and inference as JSON. It does not cover
data, split, extraction or sampling; our own content hash does (`objective.task.content_hash`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from objective.task import Mode

_PACKAGE = "opencompass.openicl"
_MARKER = "</E>"
_INFERENCER: Mapping[Mode, str] = {"gen": "GenInferencer", "ppl": "PPLInferencer"}


def published_digest(question: str, *, mode: Mode, letters: str, places: Sequence[int]) -> str:
    """The full digest, 64 hexadecimal characters, of a question asked in one turn and answered by a letter.

    Args:
        question: user turn with open fields for each item.
        mode: `ppl` has a separate dialogue for each letter.
        letters: letters of the options.
        places: positions of the examples in their split.
    """
    template = (
        _dialogue(question, "{answer}")
        if mode == "gen"
        else {letter: _dialogue(question, letter) for letter in letters}
    )
    return _digest(
        {
            "ice_template": {
                "type": f"{_PACKAGE}.icl_prompt_template.PromptTemplate",
                "template": template,
                "ice_token": _MARKER,
            },
            "retriever": {"type": f"{_PACKAGE}.icl_retriever.FixKRetriever"},
            "inferencer": {"type": f"{_PACKAGE}.icl_inferencer.{_INFERENCER[mode]}", "fix_id_list": list(places)},
        }
    )


def published_id(question: str, *, mode: Mode, letters: str, places: Sequence[int]) -> str:
    """The six digits in the `version` column of the summary."""
    return published_digest(question, mode=mode, letters=letters, places=places)[:6]


def _dialogue(question: str, answer: str) -> dict[str, object]:
    return {
        "begin": _MARKER,
        "round": [{"role": "HUMAN", "prompt": question}, {"role": "BOT", "prompt": answer}],
    }


def _digest(configuration: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()
