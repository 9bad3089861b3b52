"""Tests of `arena`."""
