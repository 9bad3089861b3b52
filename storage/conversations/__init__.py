"""Live conversations with two models, and how one becomes a question, two responses and a vote.

Files and folders, each after those that it builds on:

- `live_campaigns`: The settings of live campaigns, and the models that administrators have switched off.
- `conversations`: Statements on conversations and their answers.
- `uploads`: Images that raters send for their prompts: who sent which, and what becomes of them.
- `shown_pictures`: Which questions, responses and conversations show which pictures.
- `picture_rights`: Who may see a picture: the person whose ballot or conversation shows it, and the person who sent it.
- `voting`: Close a conversation with a vote: one question, two responses, one ballot and one preference.
"""
