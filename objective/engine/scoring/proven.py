"""Architectures that were compared with plain passes, one text at a time, at lengths beyond every window.

`python -m tests.objective.architectures` walks every causal architecture of transformers in a small size, and prints
what differs. Architectures that are not listed are compared at the lengths of each run; Llama 4 is, though right in its
usual settings, because the temperature of its attention may depend on the place of a token.
"""

import transformers

PROVEN_WITH = "5.24"
"""Version of transformers that the sets were measured with; another version is compared at the lengths of each run."""

SHARES_PREFIXES = frozenset(
    """
    afmoe apertus apertus1p5_text arcee aria_text axk1 beam bert bert-generation big_bird biogpt bitnet codegen
    cohere cohere2 cohere2_moe ctrl cwm deepseek_v2 deepseek_v3 diffllama dots1 electra ernie ernie4_5
    ernie4_5_moe exaone exaone4 exaone_moe falcon flex_olmo flint gemma gemma2 gemma3_text gemma4_text
    gemma4_unified_text glm glm4 glm4_moe glm4_moe_lite gpt-sw3 gpt2 gpt_bigcode gpt_neox gpt_neox_japanese
    gpt_oss gptj granite granite_swa granitemoe granitemoe_swa granitemoeshared helium hrm_text hunyuan_v1_dense
    hunyuan_v1_moe hy_v3 hyperclovax internlm3 iquestcoder jais2 jetmoe kolibri1 laguna lfm2 llama megatron-bert
    mellum mimo_v2_flash minicpm3 minimax_m2 minimax_m3_vl_text ministral ministral3 mistral mixtral
    modernbert-decoder nanochat nemotron olmo olmo2 olmo3 olmoe opt persimmon phi phi3 phimoe qwen2 qwen2_moe
    qwen3 qwen3_moe rembert roc_bert sarvam_mla sarvam_moe seed_oss smollm3 solar_open stablelm starcoder2
    vaultgemma whisper xglm
    """.split()
)
"""Model types whose scores with shared prefixes equal those of plain passes, if all layers read the whole text."""

RUNS_IN_BATCHES = SHARES_PREFIXES | frozenset(
    """
    bailing_hybrid bamba bart bigbird_pegasus blenderbot blenderbot-small bloom camembert data2vec-text
    deepseek_v4 dory falcon_mamba gpt_neo granitemoehybrid jamba lara_mini lfm3 llama4_text mamba marian mbart
    minimax moshi mpt mvp olmo_hybrid openai-gpt pegasus plbart qwen3_5_moe_text qwen3_5_text qwen3_next
    recurrent_gemma roberta roberta-prelayernorm roformer rwkv trocr xlm xlm-roberta
    """.split()
)
"""Model types whose scores in a batch of unequal lengths equal those of plain passes."""


def shares_prefixes(model_type: str) -> bool:
    """Whether this type was proven to share prefixes with the installed version of transformers."""
    return _is_proven_version() and model_type in SHARES_PREFIXES


def runs_in_batches(model_type: str) -> bool:
    """Whether this type was proven to run in batches with the installed version of transformers."""
    return _is_proven_version() and model_type in RUNS_IN_BATCHES


def is_listed(model_type: str) -> bool:
    """Whether this type was proven with some version of transformers, perhaps not with the installed one."""
    return model_type in RUNS_IN_BATCHES


def _is_proven_version() -> bool:
    return str(transformers.__version__).split(".")[:2] == PROVEN_WITH.split(".")
