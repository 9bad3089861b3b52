"""Published recordings read without a store: by a recipe's rule, or as their authors recorded them."""

from collections.abc import Sequence

from judging.chat.model import Reply
from judging.recipes.recipe import Recipe, RecipeJudgment, Recording
from judging.verdicts.verdict import Verdict, VerdictCause


def parse_recording(recipe: Recipe, recording: Recording) -> Verdict:
    """The verdict by the published rule; the recorded one if no reply was published."""
    if recording.reply is None:
        return recording.verdict or Verdict(cause=VerdictCause.empty)
    return recipe.prompt_rules.get(recording.prompt, recipe).parse_reply(
        Reply(recording.reply, "stop", tokens=tuple(recording.tokens))
    )


def judge_recordings(recipe: Recipe, recordings: Sequence[Recording]) -> list[RecipeJudgment]:
    """Verdicts by the published rule."""
    return [_as_judgment(one, parse_recording(recipe, one)) for one in recordings]


def recorded_judgments(recordings: Sequence[Recording]) -> list[RecipeJudgment]:
    """Verdicts that the authors recorded, which they may have corrected by hand; others are left out."""
    return [_as_judgment(one, one.verdict) for one in recordings if one.verdict is not None]


def _as_judgment(one: Recording, verdict: Verdict) -> RecipeJudgment:
    return RecipeJudgment(one.question, one.models, verdict, one.turn, one.sample, one.judge, one.prompt)
