"""From battles to ratings: one method a file, all of them functions `rate(evidence, *, settings) -> Ratings`.

Files and folders, each after those that it builds on:

- `kernels`: Loops over rows in compiled code, where numba (the extra `fast`) is installed; numpy says the same
  without it.
- `style_features`: How two responses differ in style: what raters may prefer whatever the answer is worth.
- `counts`: Pair counts: everything a rating on pairs needs to know about the battles, in one pass over the rows.
- `evidence`: What a rating method may read: verdicts on pairs, scores of single responses, the style of the
  responses.
- `style_fit`: Bradley-Terry with style features: the maximum over rows, since features differ within a pair.
- `connection`: What the battles can tell at all, before anything is fitted.
- `grounded_likelihood`: Rao and Kupper's likelihood with an absolute zero: "not acceptable" competes in every battle
  with strength one.
- `half_ties`: The Bradley-Terry likelihood with a tie as half a win and half a loss.
- `method`: The words of rating: what may be set, what comes out, and what a rating method is.
- `reliability_fit`: Strengths and rater factors together: P(A beats B by rater r) = sigmoid(factor_r * (strength_A -
  strength_B)).
- `clusters`: What repeats between battles: the same rater, the same question, the same rater on the same question.
- `elo`: Online Elo: each battle moves two ratings, in the order of the ledger.
- `likelihood`: What every likelihood on pair counts shares: its maximum by Newton, and the curvature there.
- `weights`: What a battle counts: once, or by how likely it was to be seen.
- `bootstrap`: Bootstrap of independent battles on pair counts: the results of each pair are drawn anew, never the
  rows.
- `separation`: Models for which no maximum likelihood exists: undefeated, winless, or linked to the rest in one
  direction only.
- `spread`: How sure a fit of one block is: the covariance of its strengths, and how many degrees of freedom that
  rests on.
- `island`: One island: exact inside each block, placed between blocks, with an interval for each model.
- `means`: Mean scores of models with intervals that know which scores were given by one rater, or on one question.
- `ranks`: Which places a model may hold, and how far two models lie apart, from their joint distribution.
- `pair_rating`: From battles to ratings with any likelihood on pairs: what Bradley-Terry, Davidson and Rao-Kupper
  share.
- `davidson`: Davidson's ties: the nearer two models, the likelier a tie, in proportion to the geometric mean of their
  strengths.
- `grounded`: Grounded Rao-Kupper ratings: zero is "not acceptable", known from both-bad verdicts and satisfaction
  scores.
- `main_group`: The models that can be compared without a prior, for fits that need more of the rows than counts.
- `rao_kupper`: Rao and Kupper's ties: a rater tells two models apart only if they differ by more than a threshold.
- `satisfaction`: Mean satisfaction: the average score that a model's single responses were given, in percent of their
  scale.
- `win_rate`: The plain win rate: what share of the points of its battles a model took, a tie being half.
- `reliability`: Bradley-Terry ratings in which a rater who votes at random counts less than one who tells models
  apart.
- `style_rating`: Bradley-Terry ratings at equal style: how models stand if their responses were alike in length and
  looks.
- `bradley_terry`: Bradley-Terry ratings; a tie, and by default a both-bad, is half a win for each side.
- `choice`: Which model of ties fits these battles: the one that best predicts battles that it has not seen.
- `catalog`: The names under which the interchangeable parts of the arena can be chosen.
"""
