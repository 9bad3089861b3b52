"""`evenhand judge`: its options, what it does and what it prints.

Files and folders, each after those that it builds on:

- `options`: The options of `evenhand judge`, in the groups in which they are thought about.
- `jobs`: What `evenhand judge` does between its options and the judge: choose, plan, ask, count.
- `recipe_jobs`: What `evenhand judge recipe` does: bring a benchmark's files in, judge, and count as it was
  published.
- `tools`: `evenhand judge jury`, `reparse`, `canaries` and `import-prompts`: what is done with judges beside judging.
- `output`: What `evenhand judge` prints: what a run would ask, and what came of it.
- `command`: `evenhand judge`: have a language model judge responses, one by one or in pairs.
"""
