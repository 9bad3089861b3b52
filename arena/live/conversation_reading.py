"""What a rater may see of a conversation, from its rows."""

from sqlalchemy import Connection

from arena.live.records import LiveAnswer, LiveConversation
from storage.conversations import conversations
from storage.conversations.conversations import AnswerRow, ConversationRow
from storage.conversations.live_campaigns import live_settings
from storage.values import AnswerState, ConversationState, as_turn, turn_images, turn_plain_text


def read_conversation(connection: Connection, row: ConversationRow) -> LiveConversation:
    """A conversation with the answers that stand, without the names of its models."""
    answers = conversations.standing_answers(connection, row.id)
    turns = [as_turn(prompt) for prompt in row.turns]
    return LiveConversation(
        id=row.id,
        rater_id=row.rater_id,
        token=row.token,
        campaign_id=row.campaign_id,
        state=ConversationState(row.state),
        prompts=tuple(turn_plain_text(turn) for turn in turns),
        answers=tuple(map(_answer, answers)),
        settings=live_settings(connection, row.campaign_id),
        is_shown=row.shown_at is not None,
        publishable=row.publishable,
        is_void=any(one.spans for one in answers),
        cause=row.cause,
        pictures={number: turn_images(turn) for number, turn in enumerate(turns) if turn_images(turn)},
    )


def has_pictures(row: ConversationRow) -> bool:
    """Whether a prompt of a conversation holds images."""
    return any(turn_images(as_turn(prompt)) for prompt in row.turns)


def _answer(row: AnswerRow) -> LiveAnswer:
    return LiveAnswer(row.id, row.turn, row.side, row.model_id, AnswerState(row.state), row.text, row.requests)
