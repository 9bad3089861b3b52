"""Tests of tasks, prompts, scoring and evaluation runs."""
