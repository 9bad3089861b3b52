"""Proofs, in the folders of what they prove."""
