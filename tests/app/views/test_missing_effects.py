"""Effects that could not be estimated, in words."""

import pytest

from app.views.missing_effects import missing_effects, reason_text
from app.views.sentences import say
from arena.bias.effects import MissingEffect


@pytest.mark.parametrize("reason", MissingEffect)
def test_every_reason_has_words_in_both_languages(reason: MissingEffect) -> None:
    assert reason_text(reason, "en") != reason_text(reason, "zh")


def test_features_with_one_reason_are_named_together() -> None:
    missing = {
        "headers": MissingEffect.unknown_texts,
        "own": MissingEffect.no_other_raters,
        "lists": MissingEffect.unknown_texts,
    }
    assert missing_effects(missing, "en") == (
        "Not estimated: More headers, More list items (the texts of the responses are not known); "
        f"{say('en', 'judges_feature_own')} (nobody else rated these models)."
    )
    assert missing_effects(missing, "zh").startswith("未能估计：")
    assert missing_effects({}, "en") == ""
