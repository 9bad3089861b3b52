"""Forward passes: tokens, the prefix tree, rows of tensors, cached keys and memory.

Files and folders, each after those that it builds on:

- `encoding`: Texts to tokens, exactly as lm-evaluation-harness 0.4 does it, so that the same tokens are scored.
- `folding`: Attention in which query heads that share keys stand one below the other, so that no key is copied for
  them.
- `key_cache`: Keys and values of many rows in one block of memory: a prefix is copied in once, and each batch writes
  behind it.
- `memory`: How much fits into one forward pass: planned from the device, halved when it runs out of memory, grown
  again.
- `prefix_tree`: Which tokens are computed together: a tree of token prefixes, cut into cached prefixes and packed
  rows.
- `rows`: Rows as tensors: padded on the right, each token seeing the prefix and its own path, predictions where
  wanted.
- `forward`: One forward pass: the only place that calls the model, with the arguments that its version of
  transformers has.
"""
