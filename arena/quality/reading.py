"""How long it takes at least to look at a pair: the limit below which a vote counts as fast.

The limit is far below what reading takes, because raters rightly stop as soon as they can tell. It is meant to catch
votes that were given without looking, and to spare people who are quick.
"""

import re

CHARACTERS_PER_SECOND = 22.6
"""Silent reading of English non-fiction: 238 words a minute (Brysbaert, 2019, https://doi.org/10.1016/j.jml.2019.104047,
190 studies) at 5.7 characters a word with spaces and punctuation."""
IDEOGRAPHS_PER_SECOND = 5.5
"""Silent reading of Chinese: 255 characters a minute aloud (Trauzettel-Klosinski and Dietz, 2012,
https://doi.org/10.1167/iovs.11-8284), times 238/183, the ratio of silent to loud reading in Brysbaert (2019).

Texts of the same content then take as long in both languages, as eye movements show (Liversedge et al., 2016).
"""
SKIMMING = 10.0
"""Times faster than reading that looking over a text may be; studies of skimming report two to four times."""
LONGEST_LOOK = 10.0
"""Seconds after which a look counts as long enough for a text of any length."""
REACTION = 0.5
"""Seconds for the choice and the key press alone (two- to four-choice reaction times lie at 0.3 to 0.6 s)."""

_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def reading_seconds(text: str) -> float:
    """Seconds that silent reading of a text takes on average; Japanese and Korean are read at the speed of Chinese."""
    ideographs = len(_IDEOGRAPHS.findall(text))
    return ideographs / IDEOGRAPHS_PER_SECOND + (len(text) - ideographs) / CHARACTERS_PER_SECOND


def least_seconds(reading: float) -> float:
    """Seconds below which a vote on texts counts as fast: a tenth of the reading, at most 10 s, and the reaction.

    Args:
        reading: seconds that reading all responses takes; the question is left out, because a rater may know it.
    """
    return REACTION + min(reading / SKIMMING, LONGEST_LOOK)
