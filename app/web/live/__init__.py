"""The live arena behind its page: two models asked at once, shown at one pace, and the JSON API.

Files and folders, each after those that it builds on:

- `address_limit`: A limit on conversations that begin at one network address.
- `pacing`: The pace at which two answers are shown, which tells nothing about who wrote which.
- `slots`: Places for requests to one model, in the order of arrival.
- `answer_writing`: One answer being written: ask a model, collect its pieces, store the end.
- `pair_run`: One pair of answers under way: both written at once, shown at one pace, stored, or given up.
- `arena_engine`: All pairs under way in one process, and the models that they ask.
- `picture_upload`: `POST /api/live/picture`: take a picture for a prompt, decoded and written anew.
- `views`: What the page may know of a conversation, as JSON with rendered texts.
- `event_stream`: Streams of events for one person: what is shown of answers while they are written, and the whole.
- `api`: The JSON API of the live page, and its stream of events.
- `trial_talks`: Conversations in which admins and reviewers try models by name, side by side or one alone.
- `trial_run`: The answers to one prompt of a trial: written at once, shown as they come or at one pace, and kept in
  memory.
- `trial_api`: The JSON API of the page on which admins and reviewers try models, under `/api/try`, and its stream of
  events.
"""
