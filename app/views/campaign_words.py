"""The words of a campaign, by what its ballots show: a pair of responses, one response, or all responses to a question.

Every page that speaks of a campaign takes them from here. The texts of `app/ui/texts/campaigns` have blanks for these
words, such as `{unit}`; a text that needs more than other words has versions of its own, such as `KEY_response`.
"""

from collections.abc import Mapping, Sequence
from functools import cache

from app.views.sentences import say, sentences
from arena.campaigns.pairing import CellShape
from storage.values import CampaignKind, Language, SpecialDraw

SHAPES: Sequence[CellShape] = ("pair", "response", "question")
SCORED_PAIRS = "scored_pairs"
"""Kind of a campaign of votes in which both responses may be scored after each vote."""
CHECKS = ("repeats", "gold")
"""Answers that check a rater and that the campaign does not ask for, as they are counted: repeats, and gold items."""
_WORDS = ("unit", "units", "answers")


def kind_key(kind: CampaignKind | str, dimensions: Sequence[str] | None) -> str:
    """Return what raters of a campaign do, as the texts name it: a kind of campaigns, or `SCORED_PAIRS`."""
    kind = CampaignKind(kind)
    return SCORED_PAIRS if kind is CampaignKind.pairwise and dimensions else kind.value


def say_of(language: Language, shape: CellShape, key: str, /, **values: object) -> str:
    """Return a text on a campaign with its words filled in: the version for this shape if there is one.

    Raises:
        KeyError: there is no text with this key, or a placeholder has no value.
    """
    own = f"{key}_{shape}"
    chosen = own if own in sentences(language) else key
    return say(language, chosen, **_words(language, shape), **values)


def counted(language: Language, shape: CellShape, what: str, n: int) -> str:
    """Return a number of units or answers with its noun, such as "119 responses"; `what` is `units` or `answers`."""
    return say(language, f"campaign_n_{what}_{shape}", n=n)


def check_counts(special: Mapping[SpecialDraw, int]) -> dict[str, int]:
    """Return the numbers of answers that check a rater, by name of `CHECKS`; practice items are gold items."""
    gold = special.get(SpecialDraw.gold, 0) + special.get(SpecialDraw.onboarding, 0)
    return {"repeats": special.get(SpecialDraw.repeat, 0), "gold": gold}


def answer_sum(language: Language, shape: CellShape, ordinary: int, special: Mapping[SpecialDraw, int]) -> str:
    """Return what all answers of a campaign add up to, "144 votes + 12 repeats = 156 answers"; "" without checks."""
    checks = {name: n for name, n in check_counts(special).items() if n}
    if not checks:
        return ""
    added = [counted(language, shape, "answers", ordinary)]
    added += [say(language, f"campaign_n_{name}", n=n) for name, n in checks.items()]
    return say(language, "campaign_sum", added=" + ".join(added), n=ordinary + sum(checks.values()))


@cache
def _words(language: Language, shape: CellShape) -> Mapping[str, str]:
    """The words by the name of their blank; a blank with a capital gets the word with a capital."""
    words = {word: say(language, f"campaign_{word}_{shape}") for word in _WORDS}
    return words | {word.capitalize(): text[:1].upper() + text[1:] for word, text in words.items()}
