"""Several copies of a model that share the work: processes on this machine, or actors of Ray.

Files and folders, each after those that it builds on:

- `work_items`: Requests cut into items of work that keep shared prefixes together, and what a worker does with one.
- `worker`: The model inside one worker process, and the device that each worker runs on.
- `pool`: The backend interface over several workers; subclasses distribute the items.
- `ray_actors`: Workers as actors of Ray, one GPU each, on this machine or a cluster; whole items go to whoever is
  free.
- `processes`: Worker processes on this machine: each answers one item at a time and is replaced when it dies.
"""
