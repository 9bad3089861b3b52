"""Proofs of `app`."""
