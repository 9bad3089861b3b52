"""Numbers that may be negative, as text in tables, sentences and figures of the pages."""

from statistics import NormalDist

Z_95 = NormalDist().inv_cdf(0.975)
"""Standard errors to each side of a 95 % interval."""
MINUS = "−"
"""The sign of negative numbers, which is as wide as a plus and no hyphen."""


def decimal_text(value: float, decimals: int) -> str:
    """Return a number with this many decimals; one that rounds to zero has no sign."""
    return f"{value:z.{decimals}f}".replace("-", MINUS)


def signed_text(value: float, decimals: int) -> str:
    """Return a difference with its sign; `0` where it rounds to zero."""
    shown = f"{value:+z.{decimals}f}"
    return "0" if float(shown) == 0.0 else shown.replace("-", MINUS)
