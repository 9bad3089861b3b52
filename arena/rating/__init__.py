"""From battles to ratings: one method a file, all of them functions `rate(evidence, *, settings) -> Ratings`.

Read in this order:

- `method.py`: the words, `RatingSettings`, `Ratings` and the `RatingMethod` protocol.
- `counts.py`: battles to pair counts, in one pass; every later step works on the counts.
- `connection.py`: what the counts can tell at all: groups that never met, models that never lost.
- `likelihood.py`: what every likelihood on pairs shares, and its maximum; `half_ties.py`, `davidson.py` and
  `rao_kupper.py` are the likelihoods.
- `clusters.py`, `spread.py`, `bootstrap.py`: how sure a fit is when raters and questions repeat.
- `separation.py`, `island.py`: where to put models for which no maximum exists, and how far they may be.
- `pair_rating.py`: all of this together, for every likelihood on pairs; `weights.py`, `ranks.py` and `choice.py` beside
  it.
- `grounded.py`, `elo.py`, `win_rate.py`, `satisfaction.py`: methods of another kind.
- `style_features.py`, `style_fit.py`: how responses differ in style, and a fit that holds it equal.

A new method is one file and its line in `arena/catalog.py`. Inside, strengths are natural logarithms ("nats");
`Ratings` speaks in Elo points, 400 per factor ten.
"""
