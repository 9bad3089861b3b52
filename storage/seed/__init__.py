"""The example data that a newcomer meets first: read `CARD.md`, then the rows, then `loading.py`.

questions.jsonl, responses.jsonl, models.jsonl hold what fictional models said; qualities.json holds the truth
from which `arena/simulation.py` draws the example raters' votes.
"""
