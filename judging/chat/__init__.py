"""How a chat model is asked: `model` holds the words, `endpoint` asks over HTTP, `recorded` answers from a file."""
