"""Tests of the families on language and understanding."""
