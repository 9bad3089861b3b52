"""Decisions: whether one model is better than another, and whether to go on collecting votes.

Files and folders, each after those that it builds on:

- `sequence`: A confidence sequence for the win rate of one model against another: an interval that holds at every look.
- `blocks`: Blocks of evidence on two models: all votes of one rater, or all judgments of one question.
- `judged_blocks`: Blocks of votes on two models, with the part of their luck taken out that judges can see.
- `asking`: Which pairs to ask about next, and how many more votes each pair needs: the computation of `evenhand ask`.
- `robustness`: How little would have to go for another model to be first: votes, one rater, one question.
- `comparison`: Whether a new model is better than an old one, by how much and how surely: the computation of
  `evenhand compare`.
- `stop_sign`: The stop sign of a campaign: decided, not decided, or not to be decided with these raters, and why.
"""
