"""Exams and knowledge: families of multiple-choice and short answers in subjects.

Files and folders, each after those that it builds on:

- `mmlu`: MMLU: English questions with four options in 57 subjects, scored on `test` with five examples from `dev`.
- `mmlu_pro`: MMLU-Pro: English questions with up to ten options in 14 subjects, answered after worked steps.
- `gpqa`: GPQA: graduate-level questions in biology, physics and chemistry with four options.
- `ceval_zero_shot`: C-Eval without examples: the 52 subjects of `ceval` with the prompt of the evaluation harness.
- `gaokao_bench`: GAOKAO-Bench: objective questions of the Chinese entrance examination, with partial credit.
- `safetybench`: SafetyBench: multiple-choice questions on safety in Chinese and English, in seven categories.
- `families`: The families of this folder, in the order of the list.
"""
