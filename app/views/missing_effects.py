"""The words for effects that could not be estimated, in the reader's language."""

from collections.abc import Mapping

from app.views.sentences import say, sentences
from arena.bias.effects import MissingEffect
from storage.values import Language


def reason_text(reason: MissingEffect, language: Language) -> str:
    """Why an effect could not be estimated, as a clause."""
    return say(language, f"judges_missing_{reason}")


def missing_effects(missing: Mapping[str, MissingEffect], language: Language) -> str:
    """The features without an effect and their reasons, as one sentence; empty where none is missing."""
    comma, semicolon = ("、", "；") if language == "zh" else (", ", "; ")
    groups = []
    for reason in dict.fromkeys(missing.values()):
        names = comma.join(_feature(name, language) for name, why in missing.items() if why == reason)
        groups.append(say(language, "judges_untold_group", names=names, reason=reason_text(reason, language)))
    return say(language, "judges_untold", names=semicolon.join(groups)) if groups else ""


def _feature(name: str, language: Language) -> str:
    return sentences(language).get(f"judges_feature_{name}", name)
