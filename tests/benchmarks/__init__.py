"""Measurements against peers and limits, run by hand; `RESULTS.md` holds the figures with machine and date."""
