"""Live conversations: which two models answer, what gives them away, and what may happen when.

Files and folders, each after those that it builds on:

- `creation`: Create a live campaign.
- `drawing`: Draw two models by weight, with the probability of every pair.
- `identity`: Find answers that name a model, and prompts that ask for its name.
- `word_list`: Words and phrases that prompts and answers of live conversations must not hold.
- `records`: The words of live conversations: what is offered, what came back, and what a rater sees.
- `prompts`: Checks of what a rater sends: a text, and images that two models can read.
- `conversation_reading`: What a rater may see of a conversation, from its rows.
- `pictures`: The pipeline of images for prompts: take one from a rater, forget one, and check those of a prompt.
- `conversations`: The pipeline of live conversations: begin, answer, go on, ask again, vote.
"""
