"""The engine: it answers the requests of `objective.request` with a local model, each shared prefix computed once.

Files and folders, each after those that it builds on:

- `settings`: What may be chosen about a local model and about how it is run; plain values that travel to workers.
- `loading/`: A local model in memory, and the revision that identifies it.
- `passes/`: Forward passes: tokens, the prefix tree, rows of tensors, cached keys and memory.
- `scoring/`: Log-likelihoods of continuations, and the proof that a model may share prefixes.
- `writing/`: Generated texts: token by token, side by side, one by one, or by continuous batching.
- `local`: A model in this process, behind the interface that tasks see.
- `sharing_out`: Requests cut into items of work that keep shared prefixes together, and what a worker does with one.
- `ray_actors`: Workers as actors of Ray, one GPU each, on this machine or a cluster; whole items go to whoever is
  free.
- `worker_processes`: One process per worker on this machine: each answers one item at a time, and is replaced when it
  dies.
- `executors`: Where a model runs: in this process, in one process per worker, or as actors of Ray; all behind one
  interface.
"""
