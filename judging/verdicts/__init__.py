"""From a judge's reply to its verdict.

Files and folders, each after those that it builds on:

- `token_scores`: Expected scores from token probabilities.
- `verdict`: Verdicts, the output forms of judge prompts, and the causes why a reply has no verdict.
- `thinking`: The part of a reply that answers, without thinking.
- `normalizing`: Plain characters for full-width forms, entities, escapes and bold.
- `labels`: What stands between the brackets of a marker, read as a verdict.
- `wording`: The sentence around a marker: conditional, negated or a quotation.
- `objects`: Objects in the text of a reply: JSON, Python dictionaries, and both with full-width signs.
- `object_verdicts`: Verdicts in objects.
- `declared`: Markers that a prompt declares instead of double square brackets.
- `parsing`: The strict parser of judge replies.
- `reading`: Reading a reply so that no text raises an error.
"""
