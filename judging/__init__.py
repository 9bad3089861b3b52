"""A language model as rater: it meets the arena in rows, never in imports.

Read `verdict` first (what a reply can say), then `parsing` and `token_scores` (from a reply to a verdict), `prompt` and
`dimensions` (what a judge is sent), and `chat/` (how it is asked). `judge` has the words of a run; `choosing`,
`rendering`, `plan`, `run` and `outcome` are its steps, and `assignment` puts them together. `respond` collects
responses, `jury` and `reparse` work on what was said, `canaries` tests a judge, `recipes/` and `recipe_judging`
reproduce known benchmarks.
"""
