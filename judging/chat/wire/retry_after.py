"""How long an endpoint asks to wait before the next attempt."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime


def retry_after(headers: Mapping[str, str], *, now: datetime | None) -> float | None:
    """Seconds to wait by `Retry-After`, in seconds or as a date, or `retry-after-ms`; None for anything else.

    A date is compared with the response's own `Date` where there is one, so the clocks need not agree (RFC 9110,
    sections 6.6.1 and 10.2.3).

    Args:
        headers: Headers of the response.
        now: Current time, for a date in a response without `Date`; None without a clock.
    """
    told = headers.get("retry-after", "").strip()
    try:
        wait = float(told) if told else float(headers.get("retry-after-ms", "")) / 1000.0
    except ValueError:
        wait = _seconds_between(headers.get("date") or ("" if now is None else format_datetime(now)), told)
    return wait if 0.0 <= wait < float("inf") else None


def _seconds_between(earlier: str, later: str) -> float:
    """Seconds between two dates of HTTP, 0 for a date in the past; -1 if one cannot be read."""
    try:
        began, ends = (parsedate_to_datetime(one) for one in (earlier, later))
    except (ValueError, TypeError, IndexError):
        return -1.0
    began, ends = (one if one.tzinfo else one.replace(tzinfo=UTC) for one in (began, ends))
    return max(0.0, (ends - began).total_seconds())
