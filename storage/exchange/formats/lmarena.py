"""LMArena (formerly Chatbot Arena): published votes of people, in the four layouts of its data sets.

Sources, at https://huggingface.co/datasets: `lmsys/chatbot_arena_conversations` (33k),
`lmsys/lmsys-arena-human-preference-55k`, `lmarena-ai/arena-human-preference-100k` and `-140k`. Who voted is in
`judge` or `judge_hash`, or known only by the session.
"""

from collections.abc import Mapping, Sequence

from storage.exchange.formats.battles import BattleColumns, battle, rater_label
from storage.exchange.formats.row_format import RowFormat
from storage.exchange.rows import fields
from storage.exchange.rows.canonical import BattleTexts, ImportContext, PreferenceRow, RawRow, RowKind
from storage.values import UNKNOWN_KEY, RaterKind

_BY_ID = BattleColumns("id", "id")
ABOUT_BATTLES = ("conv_metadata", "category_tag", "is_code", "is_refusal", "dedup_tag")
"""Columns about a battle beyond its vote, which are kept as they are: counts of style, tags and checks."""

HARD_CRITERIA = 6
"""Number of the seven criteria that a hard prompt meets, as on LMArena's leaderboard."""

TAGS = (("math", "math"), ("creative_writing", "creative_writing"), ("if", "instruction_following"))
"""Names of tags in `category_tag` and the categories that they become, the most specific first."""


def arena(row: RawRow, context: ImportContext) -> Sequence[PreferenceRow]:
    """A battle of the 33k layout: `question_id, model_a, model_b, winner, judge, turn, anony, language, tstamp`."""
    return (_tagged(row, _vote(row, context, "judge")),)


def arena_100k(row: RawRow, context: ImportContext) -> Sequence[PreferenceRow]:
    """A battle of the 100k layout, whose rater is `judge_hash`."""
    return (_tagged(row, _vote(row, context, "judge_hash")),)


def arena_140k(row: RawRow, context: ImportContext) -> Sequence[PreferenceRow]:
    """A battle of the 140k layout: `id` is the key of the battle, and a session is one person's."""
    return (_tagged(row, _vote(row, context, "evaluation_session_id", _BY_ID)),)


def arena_55k(row: RawRow, context: ImportContext) -> Sequence[PreferenceRow]:
    """A battle of the 55k layout: columns hold 1 for the winner, and lists of turns hold the texts."""
    vote = _vote(row, context, "judge", _BY_ID)
    if row.get("prompt") in (None, "") or row.get("response_a") is None:
        return (vote,)
    texts = BattleTexts(*(fields.text_turns(row, column) for column in ("prompt", "response_a", "response_b")))
    return (vote._replace(conversations=texts),)


def _vote(row: RawRow, context: ImportContext, rater: str, names: BattleColumns | None = None) -> PreferenceRow:
    label = fields.optional_name(row, rater) or UNKNOWN_KEY
    return battle(row, context, rater_label(context.rater_kind or RaterKind.human, label), names)


def _tagged(row: RawRow, vote: PreferenceRow) -> PreferenceRow:
    """The vote with what its row says about the battle, and the category that its tags say where it has none."""
    kept = {name: value for name in ABOUT_BATTLES if (value := fields.kept_value(row, name)) is not None}
    if kept:
        vote = vote._replace(attributes=kept)
    if vote.category is not None or not ("category_tag" in row or "is_code" in row):
        return vote
    category = _category(row)
    return vote if category is None else vote._replace(category=category)


def _category(row: RawRow) -> str | None:
    """The first category that the tags of a battle say."""
    tags = fields.json_value(row, "category_tag")
    if fields.yes_no(row, "is_code"):
        return "code"
    if not isinstance(tags, Mapping):
        return None
    found = {name for group in tags.values() if isinstance(group, Mapping) for name, on in group.items() if on is True}
    for tag, category in TAGS:
        if tag in found:
            return category
    criteria = next((group for name, group in tags.items() if str(name).startswith("criteria")), None)
    if isinstance(criteria, Mapping) and sum(on is True for on in criteria.values()) >= HARD_CRITERIA:
        return "hard_prompt"
    return None


_TEXTS = "conversation_a conversation_b"
_ABOUT = " ".join(ABOUT_BATTLES)
FORMATS = (
    RowFormat.of(
        RowKind.preferences,
        "LMArena battle",
        arena,
        needs="question_id model_a model_b winner judge anony tstamp",
        also=f"turn language category {_TEXTS} {_ABOUT}",
    ),
    RowFormat.of(
        RowKind.preferences,
        "LMArena 55k",
        arena_55k,
        needs="model_a model_b winner_model_a winner_model_b winner_tie",
        also="id prompt response_a response_b judge timestamp winner_both_bad language category",
    ),
    RowFormat.of(
        RowKind.preferences,
        "LMArena 100k",
        arena_100k,
        needs="question_id model_a model_b winner judge_hash",
        also=f"turn language category anony tstamp {_TEXTS} {_ABOUT}",
    ),
    RowFormat.of(
        RowKind.preferences,
        "LMArena 140k",
        arena_140k,
        needs="id model_a model_b winner evaluation_order",
        also=f"evaluation_session_id language category timestamp {_TEXTS} {_ABOUT}",
    ),
)
