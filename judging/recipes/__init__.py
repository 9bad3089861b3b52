"""Recipes: how known judge benchmarks ask, read and count, so that their published figures can be reproduced.

Files and folders, each after those that it builds on:

- `published`: Files of a benchmark as a user has them: JSON lines or JSON lists, plain or as `.gz`, found by name in
  a folder.
- `recipe`: The words of a recipe: what a published benchmark asks a judge, how it reads the reply, and what it makes
  of it.
- `fastchat_prompts`: Prompts of FastChat (`judge_prompts.jsonl`) as our prompt files: fields renamed, kind and output
  form found.
- `figures`: How benchmarks count: pure functions from verdicts to figures; what has no verdict is counted beside
  them.
- `recipe_run`: Run a recipe through the store: its material as rows, its recordings as a judge's replies, its figures
  from rows.
- `alignbench`: AlignBench: 683 Chinese questions with references, scored in several dimensions and as a whole.
- `alpaca_eval`: AlpacaEval 2: a model against GPT-4 Turbo on 805 instructions, by the probabilities of the judge's
  one token.
- `arena_hard`: Arena-Hard: a model against a baseline in five levels and both orders; and its early form, one score
  out of ten.
- `autoj`: Auto-J: a judge of 13 billion parameters, here its way to ask and its test of 1,392 pairs with human
  labels.
- `judgebench`: JudgeBench: is a judge right about pairs of responses of which one is right and one is wrong?
- `llmbar`: LLMBar: does a judge prefer the response that follows the instruction, in either order?
- `llmeval1`: LLMEval-1 (Chinese): GPT-4 scores of five dimensions from 1 to 3 for twelve models.
- `llmzoo`: LLM Zoo: GPT-3.5 puts the answers of four models in order, in general and by dimension, in English and
  Chinese.
- `mt_bench`: MT-bench: 80 questions of two turns, one score out of ten for each turn, or pairs in both orders.
- `vicuna_bench`: The older form of the Vicuna benchmark: GPT-4 scores two answers from 1 to 10 on the first line of
  its reply.
- `wildbench`: WildBench: real tasks with checklists, one score out of ten, or pairs in five levels against three
  baselines.
- `catalog`: Every recipe by name.
"""
