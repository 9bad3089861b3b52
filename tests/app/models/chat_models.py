"""A small chat model on this machine, with random weights."""

import json
from pathlib import Path

TEMPLATE = (
    "{% for message in messages %}[{{ message.role }}] {{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


def chat_model(folder: Path) -> Path:
    """Save a chat model into a folder of its own; skips the test where the libraries are not installed."""
    from tests.objective.local_models import save

    place = Path(save(folder, "Llama", max_position_embeddings=4096))
    config = json.loads((place / "tokenizer_config.json").read_text())
    (place / "tokenizer_config.json").write_text(json.dumps(config | {"chat_template": TEMPLATE}))
    (place / "chat_template.jinja").write_text(TEMPLATE)
    return place
