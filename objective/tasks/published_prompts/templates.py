"""Templates of tasks from published prompts whose names are the fields of an item."""

from objective.task import Template
from objective.tasks.published_prompts.prompts import PromptSource, published_prompt


def published_template(source: PromptSource, name: str, *, join: str = " ") -> Template:
    """The template of a published prompt.

    Args:
        source: where the prompt was published.
        name: name of the prompt in the source.
        join: text between question and answer.

    Raises:
        KeyError: the source has no prompt of this name.
    """
    prompt = published_prompt(source, name)
    return Template(
        question=prompt.question,
        join=join,
        between=prompt.between,
        instruction=prompt.instruction,
        after_instruction=prompt.after_instruction,
    )
