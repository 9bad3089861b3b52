"""The Judges page without a browser."""
