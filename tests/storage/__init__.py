"""Proofs of `storage`."""
