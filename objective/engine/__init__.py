"""The engine: answers the requests of `objective.request` with a local model, computing each shared prefix once.

Files and folders, each after those that it builds on:

- `settings`: Settings of a local model and of how it is run; plain values that can be sent to workers.
- `loading/`: Loads a local model and computes the revision that identifies it.
- `passes/`: Forward passes of a model: tokens, the prefix tree, batches, cached keys and memory.
- `scoring/`: Computes log-likelihoods, and checks whether a model can share prefixes.
- `writing/`: Generates texts: in batches that share prompts, one by one, or by continuous batching.
- `local`: The backend of a model in this process.
- `vision`: The backend of a model that reads images, in this process: one chat at a time, and no likelihoods.
- `workers/`: Several copies of a model that share the work: processes on this machine, or actors of Ray.
- `backends`: Opens the backend of a local model: in this process, in worker processes, or as Ray actors.
"""
