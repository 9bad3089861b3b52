"""How far raters agree, and in what they are biased: statistics on arrays, without a store.

Read in this order:

- `coefficients.py`: percent agreement, Cohen's kappa and Krippendorff's alpha, as their authors define them.
- `clustered.py`: how sure a statistic is when verdicts on one question are alike.
- `votes.py`, `concordance.py`: verdicts of all raters on the same items, and how often two of them say the same.
- `scores.py`, `score_agreement.py`: the same for scores of single responses.
- `orders.py`, `coverage.py`, `drift.py`: whether a judge holds its verdict when the sides or the time change, and what
  its missing verdicts could hide.
- `effects.py`, `own_family.py`, `calls.py`: what side, length, looks and own family are worth to a response.
- `longer.py`, `baselines.py`: how often the longer response wins, and judges that read nothing.

`arena/agreement_report.py` and `arena/bias_report.py` apply all of it to a store.
"""
