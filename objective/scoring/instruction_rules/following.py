"""Shares of instructions that an output follows, strictly and loosely.

Strictly, the output is checked as it is. Loosely, an instruction counts as followed if it is in one of eight versions
of the output: without its first line, its last line, both or neither, each with and without asterisks. A model is then
not punished for `Sure, here it is:` or for bold type (Zhou et al., 2023, https://arxiv.org/abs/2311.07911).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from objective.scoring.instruction_rules.rules import follows_rule
from objective.scoring.registry import Scorer
from objective.task import Item

METRICS = ("prompt_strict", "prompt_loose")
"""Metrics of one output: whether all its instructions are followed."""


def score(item: Item, output: str) -> Mapping[str, float]:
    """Whether an output follows all instructions of its item, strictly and loosely.

    Args:
        item: item whose data has `rules`, each a pair of a published name and its arguments.
        output: generated text without its thinking block; a blank one follows no instruction.
    """
    strict, loose = _followed(item, output)
    return {"prompt_strict": float(all(strict)), "prompt_loose": float(all(loose))}


def share_of_rules(place: int) -> Callable[[Sequence[Item], Sequence[str]], float]:
    """The function that computes the share of followed instructions over all outputs, strictly (0) or loosely (1)."""

    def share(items: Sequence[Item], outputs: Sequence[str]) -> float:
        every = [
            followed for item, output in zip(items, outputs, strict=True) for followed in _followed(item, output)[place]
        ]
        return sum(every) / len(every)

    return share


CORPUS: Mapping[str, Callable[[Sequence[Item], Sequence[str]], float]] = {
    "instruction_strict": share_of_rules(0),
    "instruction_loose": share_of_rules(1),
}
"""Metrics over all outputs."""


def loose_versions(output: str) -> list[str]:
    """The eight versions of an output, the output itself first."""
    lines = output.split("\n")
    cut = [output, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    return cut + [version.replace("*", "") for version in cut]


def _followed(item: Item, output: str) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    rules = tuple((name, tuple(sorted(_hashable(arguments)))) for name, arguments in item.data["rules"])
    return _followed_rules(rules, output)


def _hashable(arguments: Mapping[str, object]) -> list[tuple[str, object]]:
    return [
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in arguments.items()
        if value is not None
    ]


@lru_cache(maxsize=4096)
def _followed_rules(
    rules: tuple[tuple[str, tuple[tuple[str, object], ...]], ...], output: str
) -> tuple[tuple[bool, ...], tuple[bool, ...]]:
    """Which rules are followed, strictly and loosely; kept, because a run asks for each output by several metrics."""
    versions = tuple(dict.fromkeys(loose_versions(output)))
    strict, loose = [], []
    for name, arguments in rules:
        named = dict(arguments)
        strict.append(follows_rule(name, output, named))
        loose.append(strict[-1] or any(follows_rule(name, version, named) for version in versions[1:]))
    return tuple(strict), tuple(loose)


IFEVAL = Scorer("ifeval", 1, METRICS, score=score, corpus=CORPUS)
"""The scorer of IFEval."""
