"""Proofs of `arena`."""
