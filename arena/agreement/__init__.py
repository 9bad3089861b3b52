"""How far raters agree, and in what they are biased: statistics on arrays, without a store.

Files and folders, each after those that it builds on:

- `baselines`: Judges that read nothing. A judge worth its price agrees with people clearly more often than these do.
- `clustered`: How sure a statistic is when verdicts on one question are alike: leave one question out at a time.
- `coefficients`: Coefficients of agreement as their authors define them.
- `votes`: Verdicts of all raters, people and judges, lined up: who said what about the same item.
- `concordance`: How often two raters say the same about the same item, over all pairs of their verdicts.
- `orders`: Whether a judge holds its verdict when the two responses change places.
- `score_agreement`: How far raters agree in scores of single responses: correlation, alpha, and who is the more
  generous.
- `drift`: Whether a judge still says what it said: the same items judged twice, at two times or by two versions.
- `scores`: Scores of single responses by all raters, people and judges, lined up: who scored the same response on
  what.
- `report`: From a store to how far its raters agree: the pipeline behind `evenhand agreement` and the judges' page.
"""
