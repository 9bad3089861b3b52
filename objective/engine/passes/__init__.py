"""Forward passes of a model: tokens, the prefix tree, batches, cached keys and memory.

Files and folders, each after those that it builds on:

- `encoding`: Encodes texts exactly as lm-evaluation-harness 0.4 does, so that the same tokens are scored.
- `grouped_attention`: Grouped-query attention with a mask, without copies of keys and values.
- `key_cache`: A cache with the keys and values of many rows in one block of memory.
- `memory`: The memory budget of a forward pass: planned from the device, halved when memory runs out, and grown
  again.
- `prefix_tree`: Plans which tokens are computed together: a tree of token prefixes, cut into cached prefixes and
  packed rows.
- `batches`: Batches of packed rows as tensors: padded on the right, with a mask that limits each token to its own
  path.
- `forward`: Forward passes: the only place that calls the model, with the argument names of the installed
  transformers.
"""
