"""A language model as rater: it meets the arena in rows, never in imports.

Read `verdict` first (what a reply can say), then `parsing` (from a reply to a verdict), `prompt` and `dimensions` (what
a judge is sent), and `chat/` (how it is asked).
"""
