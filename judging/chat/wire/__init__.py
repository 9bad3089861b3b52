"""Formats of requests and replies as endpoints speak them: what they send, what they refuse, and what stays secret.

Files and folders, each after those that it builds on:

- `redaction`: Removal of secrets from whatever an endpoint sends back.
- `retry_after`: How long an endpoint asks to wait before the next attempt.
- `sse`: Replies that arrive as server-sent events, put together.
- `images`: Images of requests, which become data URLs when they are sent.
- `refusals`: What an endpoint says instead of a reply, and what follows from it.
- `replies`: From the body of a completion to text, reasoning and numbers of tokens.
- `dialect`: Which fields of a request an endpoint takes, learned from its refusals.
- `streaming`: Replies that are read while they are written: lines of events, pieces of text, and what came at the end.
"""
