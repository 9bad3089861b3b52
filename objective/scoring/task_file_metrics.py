"""Scores generated outputs by the filters and metrics that a task file of lm-evaluation-harness names."""

import json
import re
import string
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from objective.causes import Cause, CauseCode, TaskProblem
from objective.scoring.registry import Scorer, Values
from objective.task import Item

_NO_MATCH = "[invalid]"
_DEFAULT_PATTERN = r"#### (\-?[0-9\.\,]+)"
_OVER_ALL = ("bleu", "chrf", "ter")


def make_scorer(argument: str) -> Scorer:
    """The scorer of a task.

    Args:
        argument: JSON with `filters`, named chains of steps, and `metrics`, each with its arguments.

    Raises:
        TaskProblem: a pattern of the filters is invalid.
    """
    how = json.loads(argument)
    chains = {chain["name"]: [_step(one) for one in chain["filter"]] for chain in how["filters"]}
    single = [one for one in how["metrics"] if one["metric"] not in _OVER_ALL]
    over_all = [one["metric"] for one in how["metrics"] if one["metric"] in _OVER_ALL]
    metrics = tuple(_name(one["metric"], chain) for chain in chains for one in single)
    corpus = {
        _name(metric, chain): partial(_corpus_score, metric, steps)
        for chain, steps in chains.items()
        for metric in over_all
    }
    score = partial(_score, chains, single)
    return Scorer("task_file", 1, metrics or ("answered",), score=score, corpus=corpus)


def _name(metric: str, chain: str) -> str:
    """The name of a metric, as the harness writes it where a task has several chains of filters."""
    return f"{metric},{chain}" if chain and chain != "none" else metric


_Step = Callable[[str], str | None]


def _score(
    chains: Mapping[str, Sequence[_Step]], metrics: Sequence[Mapping[str, Any]], item: Item, output: str
) -> Values | None:
    found = {chain: _filtered(steps, output) for chain, steps in chains.items()}
    if all(text in (None, _NO_MATCH) for text in found.values()):
        return None
    if not metrics:
        return {"answered": 1.0}
    return {
        _name(metric["metric"], chain): float(
            any(_is_match(text, gold, metric) for gold in item.gold) if text is not None else False
        )
        for chain, text in found.items()
        for metric in metrics
    }


def _filtered(steps: Sequence[_Step], output: str) -> str | None:
    text: str | None = output
    for step in steps:
        text = None if text is None else step(text)
    return text


def _step(step: Mapping[str, Any]) -> _Step:
    name = step["function"]
    if name == "regex":
        return _regex(step)
    if name == "map":
        mapping, default = step.get("mapping_dict") or {}, step.get("default_value")
        return lambda text: _text(mapping.get(text, default))
    plain: Mapping[str, _Step] = {"remove_whitespace": str.lstrip, "lowercase": str.lower, "uppercase": str.upper}
    return plain.get(name, str)


def _regex(step: Mapping[str, Any]) -> _Step:
    source = str(step.get("regex_pattern") or _DEFAULT_PATTERN)
    try:
        pattern = re.compile(source)
    except re.error as error:
        message = f"expected a regular expression as regex_pattern, but {source!r} is none: {error}"
        raise TaskProblem(message, Cause(CauseCode.message, text=message)) from error
    place, fallback = int(step.get("group_select") or 0), str(step.get("fallback", _NO_MATCH))

    def read(text: str) -> str:
        matches = pattern.findall(text)
        if not matches or not -len(matches) <= place < len(matches):
            return fallback
        found = matches[place]
        if isinstance(found, tuple):
            found = next((one for one in found if one), fallback)
        return str(found).strip()

    return read


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_PUNCTUATION = str.maketrans("", "", string.punctuation)
_DIGITS = str.maketrans("", "", string.digits)


def _is_match(text: str, gold: str, metric: Mapping[str, Any]) -> bool:
    def plain(one: str) -> str:
        for pattern in metric.get("regexes_to_ignore") or ():
            one = re.sub(pattern, "", one)
        one = one.lower() if metric.get("ignore_case") else one
        one = one.translate(_PUNCTUATION) if metric.get("ignore_punctuation") else one
        return one.translate(_DIGITS) if metric.get("ignore_numbers") else one

    return plain(text) == plain(gold)


def _corpus_score(metric: str, steps: Sequence[_Step], items: Sequence[Item], outputs: Sequence[str]) -> float:
    """BLEU, chrF or TER by sacrebleu, as a share; texts have as many references as the item with most of them."""
    try:
        import sacrebleu  # noqa: PLC0415  only tasks with these metrics need it
    except ModuleNotFoundError:
        message = f"expected the library sacrebleu for {metric}, found none; install it: pip install sacrebleu"
        raise TaskProblem(message, Cause(CauseCode.message, text=message)) from None
    texts = [_filtered(steps, output) or "" for output in outputs]
    most = max(len(item.gold) for item in items)
    references = [[item.gold[min(place, len(item.gold) - 1)] for item in items] for place in range(most)]
    measures: Any = {"bleu": sacrebleu.corpus_bleu, "chrf": sacrebleu.corpus_chrf, "ter": sacrebleu.corpus_ter}
    return float(measures[metric](texts, references).score) / 100
