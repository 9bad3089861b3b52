"""How commands reach models: references to models, local models and endpoints.

Files and folders, each after those that it builds on:

- `asking`: Run what asks models from a command: the client, the clock, chance, and an orderly end by Ctrl-C.
- `local_chat`: A model of this machine as a chat model: judges and respondents ask it like any endpoint.
- `endpoint_backend`: An endpoint as backend: what generates is a chat, turn by turn, or a plain prompt as one user
  message.
"""
