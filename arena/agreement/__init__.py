"""Agreement of raters: statistics on arrays, and the report that reads them from a store.

Files and folders, each after those that it builds on:

- `baselines`: Baseline judges that read no response. A useful judge agrees with people clearly more often than these
  do.
- `clustered`: Confidence intervals of statistics, clustered by question: leave one question out at a time.
- `rank_correlation`: Correlation of two rankings of the same models, with intervals over models.
- `coefficients`: Coefficients of agreement as their authors define them.
- `votes`: Preferences of all raters, the votes of people and the judgments of judges, aligned by item.
- `concordance`: Agreement of raters on the same items, over all pairs of their preferences.
- `single_raters`: Agreement of each two raters, and of each one with the majority of the others.
- `orders`: Consistency of a judge when the order of the two responses is swapped.
- `score_agreement`: Agreement of raters in scores of single responses: correlations, alpha, and the mean difference.
- `drift`: Drift of a judge: the same items judged twice, at two times or by two versions.
- `scores`: Scores of single responses by all raters, people and judges, aligned by response and dimension.
- `report`: Agreement of the raters of a store: the pipeline behind `evenhand agreement` and the Judges page.
"""
