"""Recipes: known judge benchmarks with their prompts, parsing rules and figures, to reproduce published results.

To add a recipe, write one file that ends in a `Recipe` and name that recipe in `catalog`.

Files and folders, each after those that it builds on:

- `recipe`: Types of a recipe: recipe, recording, verdict, facts and figure.
- `published`: Reading a benchmark's published files.
- `fastchat_prompts`: Converting prompts of FastChat (`judge_prompts.jsonl`) to our prompt files.
- `figures`: Figures of benchmarks as pure functions of verdicts.
- `logistic`: Logistic regressions behind published figures: style control and length control.
- `recipe_run`: Running a recipe through the store.
- `alignbench`: AlignBench: 683 Chinese questions with references, scored by dimension and overall.
- `length_control`: Length-controlled win rates of AlpacaEval.
- `alpaca_eval`: AlpacaEval: win rates on 805 instructions, in version 2 from token probabilities.
- `style_control`: Scores of models against a baseline under style control, for Arena-Hard.
- `arena_hard`: Arena-Hard: pairs against a baseline in five levels; and its early form with single scores.
- `autoj`: Auto-J: a judge model with 13 billion parameters, and its test of 1,392 pairs with human labels.
- `judgebench`: JudgeBench: accuracy of a judge on pairs of a correct and an incorrect response.
- `llmbar`: LLMBar: does a judge prefer the response that follows the instruction, in both orders?
- `llmeval1`: LLMEval-1 (Chinese): GPT-4 scores of twelve models on five dimensions.
- `llmeval2`: LLMEval-2 (Chinese): scores of objective and subjective questions of twelve subjects.
- `llmzoo`: LLM Zoo: GPT-3.5 ranks the answers of four models, in English and Chinese.
- `mt_bench`: MT-bench: 80 questions of two turns, as single scores or pairs.
- `pandalm`: PandaLM: a judge model with 7 billion parameters, and its test of 999 pairs with human labels.
- `vicuna_bench`: The early Vicuna benchmark: GPT-4 scores two answers from 1 to 10.
- `wildbench`: WildBench: real tasks with checklists, as single scores or pairs against three baselines.
- `catalog`: All recipes by name.
"""
