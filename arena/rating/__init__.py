"""Rating methods: one file per method, each a function `rate(evidence, *, settings) -> Ratings`.

Files and folders, each after those that it builds on:

- `kernels`: Compiled loops over rows, if numba (the extra `fast`) is installed; numpy gives the same results without
  it.
- `style_features`: Style features of battles: differences of two responses that raters may prefer regardless of
  quality.
- `counts`: Pair counts: the sufficient statistics of battles for ratings on pairs, from one pass over the rows.
- `evidence`: Input of rating methods: battles, scores of single responses, and style features.
- `style_fit`: Bradley-Terry with style features: a fit over rows, since features differ within a pair.
- `connection`: Connected groups of models, and the conditions for a finite maximum of the likelihood.
- `proven_order`: Order of models that wins in one direction only prove, for models whose distance has no maximum.
- `grounded_likelihood`: Rao and Kupper's likelihood with an absolute zero: "not acceptable" competes in every battle
  with strength one.
- `half_ties`: The Bradley-Terry likelihood with a tie as half a win and half a loss.
- `method`: Settings and results of rating methods, and the protocol of a method.
- `reliability_fit`: Strengths and rater factors together: P(A beats B by rater r) = sigmoid(factor_r * (strength_A -
  strength_B)).
- `clusters`: Clusters of battles: by rater, by question, and by both.
- `bias_reduced`: Covariance of a fit with few, uneven clusters, and the degrees of freedom of what is estimated.
- `elo`: Online Elo: each battle moves two ratings, in the order of the ledger.
- `sparse_solving`: Linear systems with a sparse symmetric matrix without negative eigenvalues, such as the curvature of
  many models.
- `likelihood`: Likelihoods on pair counts: their protocol, their maximum by Newton's method, and the curvature there.
- `next_pairs`: Which pair of models to ask about next: D-optimal choice for Bradley-Terry ratings.
- `tally`: What every method makes of battles and settings first: usable rows, counts, the anchor, and what is
  refused.
- `weights`: Weights of battles, for battles that were not sampled evenly.
- `bootstrap`: Bootstrap of independent battles on pair counts: the results of each pair are resampled instead of the
  rows.
- `separation`: Models without a finite maximum of the likelihood: undefeated, winless, or linked to the rest in one
  direction only.
- `spread`: Uncertainty of the fit of one block: the covariance of its strengths, and its degrees of freedom.
- `island`: Fit of one island: exact inside each block, with a prior between blocks, and an interval for each model.
- `sparse_island`: Fit of one island of very many models, without a covariance, and the variances of the models that are
  asked for.
- `sparse_rating`: Ratings of more models than a covariance has room for, with intervals of the models that are asked
  for.
- `means`: Mean scores of models, with intervals clustered by rater and question.
- `ranks`: Rank ranges, probabilities of being first, and differences of models, from the joint distribution of
  ratings.
- `pair_rating`: Ratings from battles with any likelihood on pairs, shared by Bradley-Terry, Davidson and Rao-Kupper.
- `davidson`: Davidson's model of ties: the probability of a tie is proportional to the geometric mean of the
  strengths.
- `ties_per_model`: Davidson's likelihood with a tie parameter of each model, shrunk towards the one that all share.
- `grounded`: Grounded Rao-Kupper ratings: zero is "not acceptable", determined by both-bads and satisfaction scores.
- `main_group`: The main group of models, which can be compared without a prior, for fits that need rows instead of
  counts.
- `davidson_per_model`: Davidson ratings with a tie parameter of each model; see `ties_per_model.py` for the likelihood.
- `rao_kupper`: Rao and Kupper's model of ties: raters only prefer a model that leads by more than a threshold.
- `satisfaction`: Mean satisfaction: the mean score of the single responses of a model, in percent of the scale.
- `win_rate`: The plain win rate: the share of points in the battles of a model, a tie being half.
- `reliability`: Bradley-Terry ratings with raters weighted by reliability: one who votes at random counts less.
- `style_rating`: Bradley-Terry ratings with style control: ratings at equal length and formatting of responses.
- `bradley_terry`: Bradley-Terry ratings; a tie, and by default a both-bad, is half a win for each side.
- `choice`: Choice of the model of ties: the one that best predicts held-out battles.
- `catalog`: The catalogue of rating methods, by name.
"""
