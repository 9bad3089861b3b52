"""From battles to ratings: one method a file, all of them functions `rate(battles, *, settings) -> Ratings`.

Read in this order:

- `method.py`: the words, `RatingSettings`, `Ratings` and the `RatingMethod` protocol.
- `counts.py`: battles to pair counts, in one pass; every later step works on the counts.
- `connection.py`: what the counts can tell at all: groups that never met, models that never lost.
- `likelihood.py`: the Bradley-Terry maximum and its sandwich covariance for models that can be compared.
- `separation.py`: where to put models for which no maximum exists, and how far they may be.
- `bradley_terry.py`, `elo.py`: the methods.

A new method is one file and its line in `arena/catalog.py`. Inside, strengths are natural logarithms ("nats");
`Ratings` speaks in Elo points, 400 per factor ten.
"""
