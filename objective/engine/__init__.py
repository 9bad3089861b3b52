"""The engine: it answers the requests of `objective.request` with a local model, each shared prefix computed once.

Read in this order: `settings` says what may be chosen; `loading` brings model and tokenizer into memory; `encoding`
turns texts into tokens as the known harnesses do; `prefix_tree` decides which tokens are computed together, and
`rows` lays them out as tensors; `key_cache` keeps the keys and values of a prefix and of texts being written;
`scoring`, `rolling` and `writing` do the three kinds of work; `local` puts them behind the one interface that tasks
see, and `worker_processes` and `ray_actors` spread whole groups of requests over several of them.
"""
