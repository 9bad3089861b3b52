"""Pictures of the store on pages: who may fetch one, and how pages name them.

Files and folders, each after those that it builds on:

- `page_pictures`: The pictures of questions and responses as pages show them: an address and a size, never a name.
- `picture_route`: `GET /media/<sha256>`: a picture for those who hold a ballot, a conversation or a role for it.
"""
