"""The sentence around a marker: does it assert the verdict, or is it conditional, negated or a quotation?

The rules look at a few hundred characters before and after a marker, so that their time does not depend on the length
of the reply. They prefer a failure to a wrong verdict, and are checked against public replies of judges.
"""

import re

from judging.verdicts.normalizing import plain_characters
from judging.verdicts.verdict import VerdictCause

_BEFORE, _AFTER = 300, 120
_SENTENCE_END = re.compile(r"[.!?。！？\n](?:(?<=[?。！？])|(?<=[.!])(?=\s|$)|(?<=\n)\s*\n)")
"""The end of a sentence; that it begins with a set of characters makes its search several times as fast."""
_CONTINUED = re.compile(
    r"(?:,|:|\b(?:say|write|be|choose|pick|give|is|output|been|then|to|a|than|not|or))[ \t]*$", re.I
)

_CLAUSE = r"(?:^|[,;:()\-]\s*|\b(?:and|but|or|so|then|because|that|though|yet|only|i'd|would)\s+)"
_IF = re.compile(
    rf"{_CLAUSE}(?<!even )(?:if|unless|suppose|supposing|assuming|provided|hypothetically|in case|in the event)\b", re.I
)
_INVERTED = re.compile(r"(?:^|[,;:()\-]\s*|\b(?:and|but|or)\s+)(?:were|had|should)\b(?!\s*[,:])", re.I)
_COUNTERFACTUAL = re.compile(r"\b(?:would|could|might|should)\b|\w'd\b", re.I)
_WITHOUT = re.compile(
    r"\b(?:without|but for|barring|ignoring|disregarding|leaving aside|setting aside|in theory|theoretically"
    r"|in principle|hypothetically)\b.*\b(?:would|could|might) (?:be|get|deserve|earn|become|go to|have|win|receive)"
    r"\b[^,;:]{0,15}$",
    re.I,
)
_OTHERWISE = re.compile(rf"{_CLAUSE}(?:otherwise|or else|else)\b.{{0,60}}$", re.I)
_WOULD_HAVE = re.compile(
    r"\b(?:(?:would|could|might)(?:n't)?|\w+'d) (?:\w+ )?have (?:been|said|given|written|chosen|picked|gone|rated"
    r"|scored|preferred|voted|got|gotten|earned|received|deserved|won)\b[^,;:]{0,25}$",
    re.I,
)
_CONCLUSION = re.compile(
    r"\b(?:so|therefore|thus|hence|consequently|accordingly|overall|in conclusion|(?:my|the|final) (?:\w+ )?"
    r"(?:verdict|rating|score|judge?ment|decision|conclusion)(?: is)?)\b|(?:rating|score|verdict)\s*:",
    re.I,
)
_IF_ZH = re.compile(
    r"如果|假如|假设|假使|假若|倘若|要是|如若|设若|除非|万一|的话[,，]|否则|不然|(?<![宛恍即])若(?!干)|本来|原本|本应|本该"
)
_CONCLUSION_ZH = re.compile(r"所以|因此|因而|故而|综上|最终|总之|我的结论|评分[:：]|得分[:：]")

_AFTER_IF = re.compile(
    r"^[\s*_()\]\"',;\-]*(?:but\s+)?(?:only\s+)?(?:if|unless|provided|assuming|supposing|in case|given that|IF)\b"
    r"|^[\s*_,;\-]*(?:had|were)\s+(?:it|they|he|she|the|this|that|only|brevity|length|style|there|we|I|you|a|an|no)\b"
    r"|^\W*(?:would|could|might)\s+have\b"
    r"|^\W*(?:is|was|would|could|might|may|should)\b[^.;]{0,60}(?<!\beven )\b(?:if|unless)\b"
    r"|^[\s*_,;(]*(?:如果|假如|若是|若(?!干)|要是|除非|前提是|倘若)"
)
_QUESTION = re.compile(r"^[\s*_)\]\"'`]*[?？]")

_SCOPE = r"(?:(?!\b(?:and|so|but|thus|therefore|hence|yet|because|since|then|while)\b)[^,;:.!?])"
_NEGATION = re.compile(
    r"(?:\b(?:not|never|cannot|nor|hardly|scarcely|rather than|instead of|except|anything but|far from|opposed to"
    r"|refuse to|reject(?:ing|ed)?|avoid(?:ing)?|ruled? out|unable to|wrong to|mistake to|tempted to|fail(?:s|ed)? to"
    rf"|against|disagree with|no longer)|n't|\bcant|\bdont|\bwont)\b{_SCOPE}{{0,40}}$"
    r"|\b(?:neither|no|nor|non)(?:\s+\w+)?\s*[\"'*]*$|\b(?:not|never|n't)\s*:?\s*[\"'*`]*$",
    re.I,
)
_NOT_ONLY = re.compile(r"\bnot (?:only|just|merely|surprising|least)\b", re.I)
_INEQUALITY = re.compile(
    r"\b(?:more|less|higher|lower|better|worse|greater|fewer) than\s+(?:an?\s+)?$"
    r"|\b(?:at least|at most|above|below|up to|under|over|between|nearly|almost|close to|short of)\s+(?:an?\s+)?$",
    re.I,
)
_NEGATION_ZH = re.compile(
    r"(?:不(?:会|能|想|打算|愿|要|可能?)(?:选|给|判|认为|说|写|投)|不是|并非|绝非|不选|不给|不能给|不会给|不应该?给?|不该给?|不判|不算|而非|而不是|别选|别给|拒绝|不同意|不认为"
    r"|不可能是|没有选|未选|不再是|不宜|不足以|不配|达不到|不到|高于|低于|超过)[^,，。;；:：!?！？]{0,15}$"
)
_AFTER_NEGATION = re.compile(
    r"^[\s*_)\"'`,]*(?:(?:is|was|would be|seems?|would seem)"
    r"\s+(?:not|wrong|incorrect|unfair|out of the|too|ruled|never|no)\b"
    r"|(?:is|was|would|wo|ca|does|do|can|could|should)n't\b|cannot\b|(?:does|do|would|will|can|should|could) not\b"
    r"|不对|不行|不合适|不成立|是错|并不|不是)",
    re.I,
)
_QUOTED = re.compile(
    r"\b(?:assistants?|answers?|responses?|texts?|candidates?|users?|questions?|instructions?|prompts?|models?|outputs?"
    r"|messages?|attackers?|notes?)\b[^.!?]{0,60}?"
    r"\b(?:says?|said|saying|reads?|writes?|wrote|writing|claims?|claimed|claiming|asks?|asked|asking|demands?|demanded"
    r"|tells?|told|telling|instructs?|instructed|instructing|contains?|containing|quotes?|quoting|prints?|begs?|orders?"
    r"|(?:ends?|begins?|starts?|closes?|ending) with|tries to inject|injects?|embeds?|plants?|planted)"
    r"(?:\s+(?:me|us|you|the (?:judge|reader|evaluator|grader)))?(?:\s+(?:to|that))?"
    r"(?:\s+(?:output|print|write|say|answer|reply|respond|return|choose|end)(?:\s+with)?)?"
    r"(?:\s+(?:the )?(?:verdict|marker|text|string|words?|line))?[\s:,]*[\"'`*]*$",
    re.I,
)
_QUOTED_ZH = re.compile(
    r"(?:回答|回复|助手|文中|内容|用户|指令|提示)[^。；;!！?？]{0,20}"
    r"(?:写着|写道|写了|声称|包含|含有|写有|要求(?:我|你|评委)?(?:输出|写|给出|选)?|让我(?:输出|写|给出|选)?)"
    r"[^,，。；]{0,4}[\"“「'：:]*$"
)


def find_qualification(text: str, start: int, end: int, *, is_score: bool) -> VerdictCause | None:
    """Why the sentence around a marker does not assert it; None if it does.

    Args:
        text: The reply.
        start: Place of the marker's first character.
        end: Place after its last character.
        is_score: Whether the marker holds a number, so that "more than" before it is no score.
    """
    before = _sentence_before(plain_characters(text[max(0, start - _BEFORE) : start]))
    after = plain_characters(_same_line(text[end : end + _AFTER]))
    if before.rstrip("*_ ").endswith("~~") and after.lstrip("*_ ").startswith("~~"):
        return VerdictCause.negated
    if _is_conditional(before) or _AFTER_IF.search(after) or _QUESTION.search(after):
        return VerdictCause.conditional
    if _is_negated(before, is_score=is_score) or _AFTER_NEGATION.search(after):
        return VerdictCause.negated
    if _QUOTED.search(before) or _QUOTED_ZH.search(before):
        return VerdictCause.quoted
    return None


def _sentence_before(text: str) -> str:
    """The sentence up to the marker; it reaches over a line break where the line before it cannot end a sentence."""
    ends = reversed([(found.end(), found[0]) for found in _SENTENCE_END.finditer(text)])
    last = next((at for at, end in ends if end.strip() or text[at:].strip(" \t\n*_\"'`#>([")), 0)
    sentence = text[last:]
    above, newline, own = sentence.rpartition("\n")
    if not newline:
        return sentence.lstrip(" \t\n*_\"'`#>-•")
    if own.strip(" \t*_\"'`#>([") or not _CONTINUED.search(above):
        return own.lstrip(" \t*_\"'`#>-•")
    return f"{above.rstrip().rpartition(chr(10))[2]} {own}".lstrip(" \t*_\"'`#>-•")


def _same_line(text: str) -> str:
    """What follows on the line, and the next one where it goes on in lower case."""
    own, newline, rest = text.partition("\n")
    return f"{own} {rest.partition(chr(10))[0]}" if newline and not own.strip() and rest[:1].islower() else own


def _is_conditional(before: str) -> bool:
    if _WOULD_HAVE.search(before) or _WITHOUT.search(before) or _OTHERWISE.search(before):
        return True
    for opening, concluding in ((_IF, _CONCLUSION), (_INVERTED, _CONCLUSION), (_IF_ZH, _CONCLUSION_ZH)):
        found = opening.search(before)
        if found is None:
            continue
        rest = before[found.end() :]
        counterfactual = _COUNTERFACTUAL.search(rest) is not None
        if counterfactual or (opening is not _INVERTED and not concluding.search(rest)):
            return True
        if opening is _INVERTED and found.start() == 0 and found[0].strip().istitle() and not concluding.search(rest):
            return True
    return False


def _is_negated(before: str, *, is_score: bool) -> bool:
    if is_score and _INEQUALITY.search(before):
        return True
    if _NEGATION_ZH.search(before):
        return True
    found = _NEGATION.search(before)
    return found is not None and not _NOT_ONLY.match(before, found.start())
