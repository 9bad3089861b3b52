"""People and judges on one leaderboard: ratings of what people prefer, made surer by judges.

Files and folders, each after those that it builds on:

- `pool`: The pool of judged items, and the votes of people on some of them: the input of a fused fit.
- `controls`: Controls: what the judges said about the items with a vote, minus what they said about all items.
- `tuning`: Lambda: the multiple of each control that is subtracted, from the covariances of cluster scores.
- `estimate`: A fused estimate from contributions: lambda, the corrected contributions, and their variance.
- `ceiling`: The ceiling of what judges can save: how far they see the same as people within a pair of models.
- `results`: Fused ratings: the ratings of people alone, moved and made surer by judges.
- `pairs`: Bradley-Terry ratings from votes of people, made surer by judges.
- `means`: Win rates and mean satisfaction from people, made surer by judges.
- `sources`: What a fused fit reads, and the reasons for which it refuses: each says what to collect.
- `pair_reading`: Read votes and judgments on pairs for a fused fit, aligned by question, turn and pair of responses.
- `score_reading`: Read scores of single responses by people and judges for a fused fit, aligned by response and
  dimension.
- `facts`: What a fused leaderboard says about its judges and its sample, beside the ratings.
"""
