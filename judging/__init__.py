"""A language model as rater: prompts, verdicts, batches. It meets the arena in rows, never in imports."""
