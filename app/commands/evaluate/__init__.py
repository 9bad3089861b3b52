"""`evenhand evaluate`: its options, the models that it asks, and its messages.

Files and folders, each after those that it builds on:

- `options`: Options of `evenhand evaluate`, under the names that users of other harnesses know.
- `models`: The models that `evenhand evaluate` asks: their names, revisions and backends.
- `checking`: Checks of every prompt before a model is loaded.
- `cost`: Cost of an evaluation at endpoints before anything is asked.
- `output`: Messages of `evenhand evaluate` beside its table.
- `command`: `evenhand evaluate`: tasks with fixed answers on models of this machine or at an endpoint.
"""
