"""Extracts answers from outputs, scores them, and computes metrics and paired comparisons.

Files and folders, each after those that it builds on:

- `extraction`: Extracts the answer from a model's output as text or LaTeX; `letters` and `numbers` build on it.
- `metrics`: Computes the metrics of a task with their standard errors from the outcomes of its predictions.
- `paired_comparison`: Compares two models on the same items: discordant items, difference in score, interval and
  p-value.
- `letters`: Extracts the option letter or letters that a text decides for, in Chinese and English.
- `numbers`: Extracts the number that a text states as its answer or ends with.
- `sentences`: Finds an accepted answer in a sentence.
- `answers`: Scores generated outputs and option likelihoods against the accepted answers.
- `registry`: The scorers of tasks whose answers the rules of `answers` do not cover, by name.
- `short_answers/`: Scorers of short answers: letters, LaTeX, statements in sentences, and answers to questions on long
  texts.
- `repeated_samples`: Measures of several samples of one item: pass@k, G-Pass@k, and the vote of the majority.
- `instruction_rules/`: Checks whether an output follows the instructions of IFEval, by rules that need no judge.
- `code_execution/`: Runs programs of models with their tests in a sandbox; off unless it is allowed.
- `tool_calls`: Reads tool calls from an output, as Python calls or JSON, and compares them with the accepted calls of
  BFCL.
- `safety`: Says by the beginning of an output whether a model refused, as the authors of XSTest do, and scores that.
- `likelihood`: Scorers of likelihoods: several right options, and continuations that a model would write itself.
- `overlap/`: Scorers of free texts by their overlap with references: exact match, F1, ROUGE, BLEU and chrF.
- `classification`: Scorers of classifications by more than accuracy: mean of F1 over classes, F1 of right answers, and
  Matthews.
- `task_file_metrics`: Scores generated outputs by the filters and metrics of a task file of lm-evaluation-harness.
"""
