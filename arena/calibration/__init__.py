"""Calibration of judges against people: confusion, curve, errors, corrected means, and drift.

Files and folders, each after those that it builds on:

- `pairs`: Pairs that both a judge and people rated, one row per vote.
- `confusion`: Confusion of a judge with people, and the calibration curve.
- `errors`: Errors of a judge by category, length and model, against people.
- `corrected`: Win rates of judged models, corrected for the judge's errors.
- `report`: Calibration of the judges of a store: the pipeline behind `evenhand judge calibration` and the Judges page.
"""
