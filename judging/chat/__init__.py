"""Client for chat models: types, endpoint, recorded replies, and batches with retries, rate limits and a budget.

Files and folders, each after those that it builds on:

- `gate`: Adaptive limit on concurrent requests.
- `model`: Types of a chat request: settings, request, reply, and causes of failure.
- `pace`: Rate limiting: requests and tokens per minute.
- `reply_writer`: Background writer that stores results as they arrive.
- `redaction`: Removal of secrets from whatever an endpoint sends back.
- `sse`: Replies that arrive as server-sent events, put together.
- `refusals`: What an endpoint says instead of a reply, and what follows from it.
- `replies`: From the body of a completion to text, reasoning and numbers of tokens.
- `dialect`: Which fields of a request an endpoint takes, learned from its refusals.
- `endpoint`: Client for OpenAI-compatible endpoints over HTTP.
- `recorded`: A model that returns recorded replies.
- `retrying`: Retries with exponential backoff.
- `batch`: Batches of requests: jobs, limits, cost and totals.
- `prompt_logprobs`: Log-probabilities of prompt tokens, from completions that echo their prompt.
"""
