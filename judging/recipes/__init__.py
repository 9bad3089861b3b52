"""Recipes: how known judge benchmarks ask, read and count, so that their published figures can be reproduced.

Read `recipe` first (the words), then `catalog` (every recipe by name) and one recipe, say `judgebench`. `published`
reads the files that a user has of a benchmark, `figures` counts; both are pure. `fastchat_prompts` turns published
prompts of FastChat into prompt files. No text of a benchmark is part of this package: the user brings his copy.
"""
