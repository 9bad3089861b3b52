"""Several copies of a model that share the work: processes on this machine, or actors of Ray.

Files and folders, each after those that it builds on:

- `work_items`: Splits requests into items of work that keep shared prefixes together.
- `worker`: The model inside one worker process, and the device that each worker runs on.
- `pool`: The backend interface over several workers; subclasses distribute the items.
- `processes`: Worker processes on this machine: each answers one item at a time and is replaced when it dies.
- `ray_actors`: Workers as Ray actors, one GPU each, on this machine or a cluster.
"""
