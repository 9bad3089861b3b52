"""`evenhand evaluate`: its options, what it does and what it prints.

Files and folders, each after those that it builds on:

- `endpoint`: `evenhand evaluate --model endpoint:NAME`: tasks at an OpenAI-compatible endpoint.
- `options`: Options of `evenhand evaluate`, under the names that users of other harnesses know.
- `output`: What `evenhand evaluate` says beside its table: the plan, what is missing and why, the comparison.
- `command`: `evenhand evaluate`: tasks with fixed answers on local models, from prompts to a summary table.
"""
