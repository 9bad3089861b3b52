"""`evenhand judge`: its options, its work and its output.

Files and folders, each after those that it builds on:

- `options`: Options of `evenhand judge`.
- `model`: The model behind a judge: asked at an endpoint, loaded here, replayed from a file, or a baseline's rule.
- `pair_files`: Files of pairs to judge, as `evenhand ask --out` writes them, with the probability with which each was
  drawn.
- `jobs`: The work of `evenhand judge`: choose the items, plan the run, ask the judge, count the outcomes.
- `recipe_jobs`: The work of `evenhand judge recipe`: import a benchmark's files, judge, and compute its figures.
- `tools`: `evenhand judge jury`, `reparse`, `canaries` and `import-prompts`.
- `calibration`: `evenhand judge calibration`: what a judge says against what people say, and win rates corrected for
  its errors.
- `output`: Output of `evenhand judge`: the plan of a run, its result, and the figures of a benchmark.
- `batch`: `evenhand judge --batch`, `submit` and `collect`: judging through batch files.
- `command`: `evenhand judge`: have a language model judge responses, one by one or in pairs.
"""
