"""Client for chat models: types, endpoint, recorded replies, and batches with retries, rate limits and a budget.

Files and folders, each after those that it builds on:

- `gate`: Adaptive limit on concurrent requests.
- `model`: Types of a chat request: settings, request, reply, and causes of failure.
- `pace`: Rate limiting: requests and tokens per minute.
- `reply_writer`: Background writer that stores results as they arrive.
- `wire/`: Formats of requests and replies as endpoints speak them, refusals among them.
- `endpoint`: Client for OpenAI-compatible endpoints over HTTP.
- `recorded`: A model that returns recorded replies.
- `retrying`: Retries with exponential backoff.
- `batch`: Batches of requests: jobs, limits, cost and totals.
- `prices`: Prices by model, from the bundled table and those of users.
- `prompt_logprobs`: Log-probabilities of prompt tokens, from completions that echo their prompt.
"""
