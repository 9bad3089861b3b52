"""Live conversations with two models, and how one becomes a question, two responses and a vote.

Files and folders, each after those that it builds on:

- `live_campaigns`: The settings of live campaigns, and the models that administrators have switched off.
- `conversations`: Statements on conversations and their answers.
- `voting`: Close a conversation with a vote: one question, two responses, one ballot and one preference.
"""
