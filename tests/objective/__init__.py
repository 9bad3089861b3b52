"""Tests of tasks, prompts, scoring and runs."""
