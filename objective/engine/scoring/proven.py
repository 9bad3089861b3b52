"""Architectures that were compared with plain passes, one text at a time, at lengths beyond every window.

`python -m tests.objective.architectures` walks every causal architecture of transformers in a small size, prints what
differs, and prints these sets anew. Architectures that are not listed are compared at the lengths of each run.
"""

import transformers

PROVEN_WITH = "5.24"
"""Version of transformers that the sets were measured with; another version is compared at the lengths of each run."""

SHARES_PREFIXES: frozenset[str] = frozenset()
"""Model types whose scores with shared prefixes equal those of plain passes, if all layers read the whole text."""

RUNS_IN_BATCHES: frozenset[str] = SHARES_PREFIXES
"""Model types whose scores in a batch of unequal lengths equal those of plain passes."""


def shares_prefixes(model_type: str) -> bool:
    """Whether this type was proven to share prefixes with the installed version of transformers."""
    return _is_proven_version() and model_type in SHARES_PREFIXES


def runs_in_batches(model_type: str) -> bool:
    """Whether this type was proven to run in batches with the installed version of transformers."""
    return _is_proven_version() and model_type in RUNS_IN_BATCHES


def _is_proven_version() -> bool:
    return transformers.__version__.split(".")[:2] == PROVEN_WITH.split(".")
