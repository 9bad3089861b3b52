"""Tests of live conversations."""
