"""Claims about chance, kept as simulations with a seed."""
