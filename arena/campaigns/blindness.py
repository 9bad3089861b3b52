"""Keep the names of models out of what raters see: names of campaigns, guidelines, consent texts.

A text gives a model away by its whole name and also by the words that make it up: "Vicuna first look" tells of
`vicuna-13b-v1.5`. Ordinary words, and those of the built-in guidelines, do not count as parts of a name. As a whole
name only a single word of these guidelines does not count: nobody can tell a model called `a` from the article, but a
model called `alpha` is found. The built-in guidelines name no model, whatever the models are called.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

from storage.errors import BadInput
from storage.values import CampaignKind

SHORTEST_WORD = 3
"""Words of a name with fewer letters are only found as parts of the whole name."""

_ORDINARY = frozenset(
    "a ai air alpha and api assistant aware base basic best beta big bot chat chinese code coder command core deep "
    "demo dev early edit english example exp experimental fast fine first flash for free full general get good gpu "
    "high human instruct instruction it large last late latest lite llm local long look low math max medium mini "
    "model new next night nano old one open orig original plus preview pro prompt prose public question quick rater "
    "raw reasoning reference release response search second short silent slow small stable standard summary system "
    "task team test text the thinking third tiny tool top turbo tuned two ultra user version vision vote with "
    "write writer writing".split()
)
"""Words of many models' names that say nothing, or that guidelines need."""

_WORD = re.compile(r"[^\W\d_]+")


_GUIDELINES = {CampaignKind.satisfaction: "guidelines_ratings.md"}
"""Files with the built-in guidelines by kind of campaign; all others have those for votes."""


def default_guidelines(kind: CampaignKind = CampaignKind.pairwise) -> str:
    """Built-in guidelines for raters of a kind of campaign, in English and Chinese, as Markdown."""
    name = _GUIDELINES.get(kind, "guidelines.md")
    return resources.files("arena").joinpath(name).read_text(encoding="utf-8")


def telling_word(text: str, models: Iterable[str]) -> tuple[str, str] | None:
    """The first part of a text that names a model, with the model; None for a text that names none.

    Upper and lower case are the same, and letters of other scripts need no space around a name.
    """
    if _is_default(text):
        return None
    for model in models:
        whole = () if model.casefold() in _guideline_words() else (model,)
        for word in (*whole, *telling_words(model)):
            found = _pattern(word).search(text)
            if found is not None:
                return found[0], model
    return None


def check_hides(text: str, models: Sequence[str], *, what: str) -> None:
    """Refuse a text for raters that names a model, whole or by one of its words, in any case of letters.

    Raises:
        BadInput: the text names a model.
    """
    told = telling_word(text, models)
    if told is not None:
        word, model = told
        by = "" if word.casefold() == model.casefold() else f", a word of {model!r}"
        raise BadInput(f"expected a {what} that hides the models, got one with {word!r}{by}; leave the name out")


def telling_words(model: str) -> list[str]:
    """The words of a model's name that give it away, longest first."""
    words = {word for word in _WORD.findall(model) if len(word) >= SHORTEST_WORD or not word.isascii()}
    return sorted((word for word in words if word.casefold() not in _harmless()), key=lambda word: (-len(word), word))


@cache
def _harmless() -> frozenset[str]:
    return _ORDINARY | _guideline_words()


@cache
def _guideline_words() -> frozenset[str]:
    return frozenset(word.casefold() for text in _defaults() for word in _WORD.findall(text))


def _is_default(text: str) -> bool:
    """Whether a text is the built-in guidelines, also as a form sends them back."""
    return any(text.split() == built_in.split() for built_in in _defaults())


@cache
def _defaults() -> tuple[str, ...]:
    return tuple(default_guidelines(kind) for kind in (CampaignKind.pairwise, CampaignKind.satisfaction))


@cache
def _pattern(word: str) -> re.Pattern[str]:
    """Find a word that no letter of its own script surrounds; digits may follow, as in "vicuna13b"."""
    before = "(?<![A-Za-z])" if word[0].isascii() and word[0].isalpha() else r"(?<!\d)" if word[0].isdigit() else ""
    after = "(?![A-Za-z])" if word[-1].isascii() and word[-1].isalpha() else r"(?!\w)" if word[-1].isdigit() else ""
    return re.compile(f"{before}{re.escape(word)}{after}", re.IGNORECASE)
