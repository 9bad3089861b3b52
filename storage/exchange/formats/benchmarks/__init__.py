"""Layouts of benchmarks: their questions, answers and judgments.

Files and folders, each after those that it builds on:

- `fastchat`: FastChat: questions and answers of MT-bench, and of the older Vicuna benchmark.
- `fastchat_judgments`: FastChat: judgments of MT-bench by people and GPT-4, of single answers and of pairs.
- `alpaca_eval`: AlpacaEval: instructions, outputs of models with them, and annotations of pairs.
- `arena_hard`: Arena-Hard: questions, answers and judgments of both layouts.
- `wildbench`: WildBench: scores of single outputs by a judge.
- `reward_bench`: RewardBench 2: chosen and rejected completions of a prompt.
"""
