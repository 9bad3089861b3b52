"""How a chat model is asked: `model` holds the words, `endpoint` asks over HTTP, `recorded` answers from a file.

Files and folders, each after those that it builds on:

- `gate`: How many requests are under way at once: as many as the endpoint bears, found by trying.
- `model`: The words of asking: what is sent to a chat model, what comes back, and what may go wrong on the way.
- `pace`: So many requests and tokens a minute and no more, evenly: for endpoints that sell by the minute.
- `reply_writer`: What arrives is stored at once: whatever has come while the last write went on goes into the next one.
- `endpoint`: Any OpenAI-compatible endpoint over HTTP.
- `recorded`: Replies that were stored, instead of a model: tests, the demo, and judging again without paying again.
- `retrying`: When to ask again: what may pass is waited for, longer each time; what will not is reported at once.
- `batch`: Many requests: at the pace that an endpoint bears, patiently, and never for more money than allowed.
- `prompt_logprobs`: Log-probabilities of what a model reads: completions that echo their prompt, as vLLM and kindred
  servers give them.
"""
