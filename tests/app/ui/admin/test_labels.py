"""Labels come from the same texts as the server's sentences."""

import pytest

from app.ui.labels import label, translations
from app.views.sentences import sentences


def test_a_label_without_a_text_is_refused_when_the_page_is_built() -> None:
    assert label(next(iter(sentences("en"))))
    with pytest.raises(KeyError, match=r"expected a text 'no_such_text' in app/ui/texts/admin/en\.json, got none"):
        label("no_such_text")


def test_both_languages_are_sent_to_the_browser() -> None:
    sent = translations().translations
    assert sent["en"] == dict(sentences("en"))
    assert sent["zh-CN"] == dict(sentences("zh"))
