"""Common sense in English, and truthfulness.

Files and folders, each after those that it builds on:

- `hellaswag`: HellaSwag: the likeliest ending of a scene.
- `winogrande`: WinoGrande: the noun that fills a gap in a sentence.
- `piqa`: PIQA: the better way to reach a goal in everyday life.
- `siqa`: SIQA: reasons, reactions and needs of people in everyday scenes.
- `openbookqa`: OpenBookQA: elementary science with common sense.
- `truthfulqa`: TruthfulQA: questions that tempt to a common error, scored by likelihoods.
"""
