"""The parts of a report: each computes its numbers from published rows, and lays them out from the document.

Files and folders, each after those that it builds on:

- `part`: What a part is, and what it computes from.
- `cells`: Statistics with their intervals: as numbers of a document, and as texts in its tables.
- `leaderboards`: Leaderboards of people and of judges, with answers, intervals and notes.
- `pairs`: Win rates of each pair of models on the main leaderboard.
- `history`: Ratings of the first models on the main leaderboard after growing numbers of comparisons.
- `slices`: Ranks by category and by language, and the differences that chance does not explain.
- `agreement`: Agreement of people and judges.
- `decisions`: Decisions on neighbours of the main leaderboard: is the upper one really better, and may one stop asking?
- `calibrations`: Calibration of judges against people: how often both say the same, and win rates corrected for a
  judge's errors.
- `biases`: Effects of side, length, formatting and family, consistency over both orders, and coverage of judges.
- `costs`: What a response of each model costs, beside its rating.
- `abilities`: Objective scores by ability, and who marked the answers behind them: rules, or a grader.
- `worlds`: Ratings beside objective scores.
- `about`: Methods in plain words, files, settings, versions, inputs, and how to verify the report.
- `catalog`: All parts in the order of the page.
"""
