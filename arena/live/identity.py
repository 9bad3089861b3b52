"""Find answers that name a model, and prompts that ask for its name.

An answer gives a model away when it speaks of itself with the name of a model, a family or a maker, in English or
Chinese ("I am Claude", "由阿里云开发"), or when it names a model on offer that the rater has not named. The rater's own
words are never searched for names. A company named in passing ("search with Google") gives nothing away.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from arena.campaigns.blindness import telling_words

KNOWN = tuple(
    """
    OpenAI|ChatGPT|GPT|Anthropic|Claude|DeepMind|Gemini|Gemma|Google|Bard|PaLM|Meta AI|Meta|Llama|Mistral|Mixtral|
    Codestral|Qwen|Tongyi|Alibaba|DeepSeek|Moonshot|Kimi|Zhipu|ChatGLM|GLM|Baichuan|InternLM|Shanghai AI Lab|01.AI|
    Yi|ByteDance|Doubao|ERNIE|Baidu|Tencent|Hunyuan|iFlytek|SparkDesk|MiniMax|StepFun|Cohere|Command R|xAI|Grok|
    Microsoft|Copilot|Nvidia|Nemotron|SmolLM|Hugging Face|HuggingFace|Falcon|Vicuna|LMSYS|
    WizardLM|Zephyr|OLMo|Tülu|Tulu|AllenAI|Allen Institute|IBM|Jamba|AI21|
    Inflection|Perplexity|Databricks|DBRX|StableLM|Stability AI|OpenAssistant|Open Assistant|
    通义千问|通义|千问|阿里云|阿里巴巴|阿里|深度求索|月之暗面|智谱清言|智谱|百川|书生·浦语|书生浦语|书生|零一万物|字节跳动|豆包|
    文心一言|文心|百度|腾讯|混元|讯飞星火|科大讯飞|星火|阶跃星辰|谷歌|微软|英伟达|亚马逊|苹果公司|开放人工智能
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
"""Families and makers of language models, for sentences in which an answer speaks of itself."""

_SELF = re.compile(
    r"\b(?:I am|I['’]m|I was|I have been|my name is|call me|named|known as|as an? (?:AI|language|large)|"
    r"(?:made|built|developed|trained|created|designed|fine-tuned|released|operated) (?:\w+ ){0,2}by|"
    r"(?:my|our) (?:makers?|creators?|developers?|company|team)|this is)\b"
    r"|我(?:是|叫|的名字|来自|由|的(?:开发|创造|训练))|本(?:模型|助手|人)|作为(?:一个|一款|由)?|"
    r"由[^。！？\n]{0,20}(?:开发|训练|研发|创建|创造|打造|推出|提供)|名(?:叫|为)|叫做",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:I|I['’]m|me|my|myself|as an?|assistant)\b|我|本模型|本助手|作为", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?。！？\n]*(?:\.(?=\w)[^.!?。！？\n]*)*[.!?。！？\n]?")
_ASKS = re.compile(
    r"\b(?:who|what) are you\b|\bwho(?:'s| is| has| have)? ?(?:made|built|created|trained|developed|behind) you\b|"
    r"\b(?:what|which) (?:\w+ ){0,3}(?:model|llm|ai|version)\b[^.?!\n]{0,20}\b(?:are|you)\b|"
    r"\bwhat(?:'s| is) your (?:name|model|version|developer|creator)\b|"
    r"\bare you (?:\w+ )?(?:chatgpt|gpt|claude|gemini|llama|qwen|deepseek|mistral|bard|grok)|"
    r"\b(?:your|you) (?:knowledge cutoff|system prompt)\b|"
    r"你(?:是|叫)(?:谁|什么|哪|不是|.{0,4}吗)|谁(?:开发|训练|创造|研发|制作|做)(?:了|出|的)?你|你.{0,4}(?:名字|型号|版本|开发商|公司)|"
    r"你(?:是)?由谁|哪(?:家|个)公司.{0,6}你|你背后",
    re.IGNORECASE,
)


class IdentitySpan(NamedTuple):
    """A place in an answer that names a model.

    Attributes:
        start: number of characters before it.
        end: number of characters up to its end.
        text: the text between.
        rule: `self` where the answer speaks of itself, `name` where it names a model on offer.
    """

    start: int
    end: int
    text: str
    rule: str


class IdentityScan:
    """Searches answers for the names of the models on offer, their families and makers."""

    def __init__(self, models: Iterable[str], *, also: Iterable[str] = ()) -> None:
        """Prepare the search.

        Args:
            models: names of all models on offer.
            also: further names that give them away, such as makers.
        """
        names = [name for model in models for name in (model, *telling_words(model))]
        self._offered = _pattern(names)
        self._known = _pattern([*KNOWN, *names, *also])

    def spans(self, answer: str, prompts: Sequence[str]) -> list[IdentitySpan]:
        """The places in an answer that give a model away, in order.

        Names from the rater's prompts count only where the answer speaks of itself.
        """
        asked = "\n".join(prompts).casefold()
        found: dict[tuple[int, int], IdentitySpan] = {}
        for sentence in _SENTENCE.finditer(answer):
            text, start = sentence[0], sentence.start()
            if _SELF.search(text) and _FIRST_PERSON.search(text):
                for name in self._known.finditer(text):
                    place = (start + name.start(), start + name.end())
                    found[place] = IdentitySpan(*place, name[0], "self")
        for name in self._offered.finditer(answer):
            if name[0].casefold() not in asked:
                found.setdefault(name.span(), IdentitySpan(*name.span(), name[0], "name"))
        return sorted(found.values())


def asks_for_identity(prompt: str) -> bool:
    """Whether a prompt asks the model who it is, who made it, or for its version."""
    return _ASKS.search(prompt) is not None


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Any of some names with word borders; digits may follow a name, as in "Qwen2"."""
    in_order = sorted({name for name in names if name.strip()}, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(_bordered, in_order)) or r"(?!)", re.IGNORECASE)


def _bordered(name: str) -> str:
    before = r"(?<![A-Za-z0-9])" if name[0].isascii() and name[0].isalnum() else ""
    after = r"(?![A-Za-z])" if name[-1].isascii() and name[-1].isalpha() else ""
    return f"{before}{re.escape(name)}{after}"
