"""Numbers as text: a true minus sign, and no sign where nothing is left after rounding."""

import pytest

from app.views.judges import ends_text, estimate_texts
from app.views.number_text import decimal_text, signed_text
from app.views.regressions.words import points
from app.views.worlds.words import correlation_text
from arena.agreement.clustered import Estimate


@pytest.mark.parametrize(
    ("value", "decimals", "plain", "signed"),
    [
        (-0.144, 2, "−0.14", "−0.14"),
        (0.144, 2, "0.14", "+0.14"),
        (-0.004, 2, "0.00", "0"),
        (0.004, 2, "0.00", "0"),
        (0.0, 0, "0", "0"),
        (-12.5, 0, "−12", "−12"),
        (-1234.56, 1, "−1234.6", "−1234.6"),
    ],
)
def test_a_number_has_a_true_minus_sign(value: float, decimals: int, plain: str, signed: str) -> None:
    assert (decimal_text(value, decimals), signed_text(value, decimals)) == (plain, signed)


def test_sentences_and_tables_write_negative_numbers_alike() -> None:
    estimate = Estimate(-0.14, -0.37, 0.1)
    assert estimate_texts(estimate, as_share=False) == ("−0.14", "−0.37 – 0.10")
    assert ends_text(-0.001, 0.2, as_share=False) == "0.00 – 0.20"
    assert points(-0.226) == "−22.6"
    assert correlation_text(estimate, 0.95, "en").startswith("−0.14") and "-" not in correlation_text(estimate, 1, "zh")
