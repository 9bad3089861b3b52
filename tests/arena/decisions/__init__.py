"""Tests of decisions: sequences, blocks, comparisons."""
