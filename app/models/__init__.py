"""References to models, local models and endpoints.

Files and folders, each after those that it builds on:

- `dialect_memory`: Dialects of endpoints, kept in the store.
- `stored_pictures`: Images of the store as chat models send them.
- `references`: References to models: what a name after `--model` means, the same in every command.
- `offered`: The models on offer for live conversations, from a TOML file.
- `moderation_settings`: What checks prompts and answers of live conversations, from the table `[moderation]` of the
  file with the models.
- `asking`: Ask a model from a command: one event loop, in which the model is made, asked and closed.
- `claiming`: One run at a time: the second of two equal commands waits for the first.
- `local_libraries`: The libraries of local models, which not every installation has.
- `local_chat`: A local model as a chat model, which judges and respondents ask like an endpoint.
- `local_vision`: A local model that reads images as a chat model.
- `endpoint_backend`: An endpoint as the backend of tasks.
- `moderation`: Checks of prompts and answers: a list of words, an endpoint, or both; nothing by default.
- `moderation_asking`: An endpoint that answers `POST /moderations` as OpenAI's does: whether it flags a text.
- `recorded_texts`: Recorded replies of a grader, which take the place of a model.
- `speaking`: Models on offer as speakers of the live arena: asked message by message, answering piece by piece.
"""
