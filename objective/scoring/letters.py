"""Extracts the option letter or letters that a text decides for, in Chinese and English.

From the strongest evidence to the weakest: a stated answer ("the answer is B", 故选B), a letter that begins the text,
a preference (选B, "B is correct"), the only letter left after rejected ones are removed (不选A, "not A").
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from objective.scoring.extraction import before_next_question, find_stated_text, fold, normalise_text, visible_answer

_RUNS = re.compile(r"(\W)\1{3,}")
_LABELLED = re.compile(r"[\W_]*([A-Z])\s*[\]).:、]\s*(.*\S)")
_TRADITIONAL = frozenset("選應為錯誤對項確擇與從綜")
_SIMPLE = str.maketrans("選應為錯誤對項確擇與從綜", "选应为错误对项确择与从综")
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_ASCII_SPACES = ("  ", *"\t\r\v\f\x1c\x1d\x1e\x1f")
"""What an ASCII text holds where its spaces are not all single ones, apart from line breaks."""
_ASCII_RUNS = tuple(4 * sign for sign in map(chr, range(128)) if not (sign.isalnum() or sign == "_"))
"""What an ASCII text holds where a sign is repeated more than three times."""
_CONJUNCTIONS = re.compile(r"\b(?:and|or)\b")
_END_TOKEN = re.compile(r"<(?:/s|eo[a-z]{1,2}|end_of_turn|\|[A-Za-z_]{1,20}\|)>")
_LONGEST_END_TOKEN = 24
_LIST = r"(?>\s*[\)\]]?\s*(?:,|;|、|/|&|\+|和|与|及|或|and\b|or\b)(?:\s*(?:and\b|or\b|选?项))?(?:\s*[\(\[])?\s*)"
"""Separator between letters of an enumeration; atomic, like every link of a long run, so that the time to match
repetitive output is at most linear from each position."""

_TIGHT = r"(?>\s*[\)\]]?\s*[、和与及/&]\s*(?:选?项)?[\(\[]?\s*)"
"""Separator that always joins two letters, whatever follows."""

_LISTED = (
    r"(?=\s*(?:[,、/&和与及或.。;:)\]!?*\"'$}<]|[两三四]项|"
    r"(?:and|or|are|both|because|since|as|hold)\b|都|均|因为|由于|$|\n))"
)
"""Context after a letter of a list: "B, C." lists two letters, while "B, C is too big" begins another clause."""

_OPEN, _CLOSE = r"[\s\(\[\{\"'“‘「『《【*_`$]{0,6}", r"[\s\)\]\}\"'”’」』》】*_`$]{0,6}"
_BEFORE, _END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_NOUN = r"(?:选择?项|选项|项|option|choice|answer|letter)?"
_WRONG_EN = r"(?:wrong|incorrect|false|invalid|not\s+(?:the\s+)?(?:correct|right|true|valid|answer|best))"
_WRONG_ZH = r"(?:错误?|不对|不正确|不符合?|不成立|不选|有误|排除|不是(?:正确)?(?:答案|选项)?)"

_RIGHT_SIGN = r"(?:正确|对(?=[\s,.;|!的]|$)|[✓✔✅√]|(?i:true|correct|right|yes)\b)"
_WRONG_SIGN = r"(?:错误?|不正确|不对|[✗✘❌×]|(?i:false|incorrect|wrong|no)\b)"
_CORRECTNESS_WORDS = frozenset("true false correct incorrect right wrong yes no 正确 错误 对 错 不正确".split())
_MIN_REVIEWED_OPTIONS = 3
"""Minimum number of options called right or wrong for the text to count as a review of all options."""

_ALL_ZH = re.compile(r"全选|以上(?:选项|说法)?[都均全](?:对|正确)|[两三四五]个?[项选]+[都均全](?:对|正确)")
_NAMES = r"(?i:\b(?:vitamin|hepatitis|type|class|grade|group|figure|fig\.?|table|plan|point|part|section|person)\s+)"
"""Words before a letter that names something other than an option."""

_ANSWER_EN = (
    r"(?i:answers?(?:\s+(?:to|for)\s+(?:this|the)\s+\w+)?|correct\s+(?:option|choice)|best\s+(?:option|choice))"
)
_IS_EN = (
    r"(?i:\s+(?:is|are|would\s+be|should\s+be|must\s+be)|[\"'”*_`]{0,3}\s*[:=>])\s*(?i:therefore|thus|clearly)?\s*:?"
)
_QUALITY_ZH = r"(?:错误|不正确|正确|符合[^。\n]{0,12}|不符合[^。\n]{0,12})的(?:选项|一项)?"
_ANSWER_ZH = rf"(?:答案|正确选项|正确的?(?:一项|选项)?(?:应该|应)?|{_QUALITY_ZH})"
_IS_ZH = r"\s*(?:应该|应当|应|就|只能|便)?\s*(?:是|为|有|选择?|选|[:=】])+"
_SO_CHOOSE_ZH = r"(?:故|因此|所以|综上|应该?|应当|本题|此题|可知|从而),?\s*(?:应该?|正确)?\s*(?:选择?|选)\s*:?"
_REJECT_ZH = r"(?:不选择?|不应该?选?|不能选|不是|并非|而非|排除(?:掉|了)?|除了?)"
_REJECT_EN = (
    r"\b(?:not(?:\s+be)?|isn['’]t|can['’]t\s+be|cannot\s+be|neither|nor|"
    r"rule\s+out|ruling\s+out|eliminate|exclude|except)\s+"
)
_IS_ONE = r"(?:is|was|can\s+be|cannot\s+be|must\s+be|seems)\s+(?:clearly|also|definitely|simply)?\s*"
_ARE_ALL = r"(?:are|were|can\s+be|cannot\s+be|must\s+be|seem)\s+(?:both|all|clearly|also|definitely)?\s*"
_SAID_ZH = r"(?:说法|表述|描述)?\s*(?:均|都|皆|也|显然|明显|是|为)*\s*"


def read_choice(text: str, letters: str, options: Sequence[str] = ()) -> str | None:
    """Extract the one option letter that a text decides for; None if there is none or the text is ambiguous.

    Args:
        text: output of the model.
        letters: letters of the options, such as `ABCD`.
        options: texts of the options; an output that repeats exactly one of them selects it.
    """
    whole = _normalised(text)
    head = before_next_question(whole)
    return _find_choice(head, letters, options) or (_find_choice(whole, letters, options) if head != whole else None)


def read_choices(text: str, letters: str) -> str | None:
    """Extract all option letters that a text decides for, in order, such as `ACD`; None if there are none."""
    answer = before_next_question(_normalised(text)).replace("**", "")
    if not answer:
        return None
    patterns = _option_patterns(letters)
    listed = patterns.listed(answer)
    if listed is not None:
        return listed
    kept = patterns.without_rejected(answer)
    right = "".join(letter for letter, is_right in patterns.reviewed(answer).items() if is_right)
    found = patterns.stated(kept) or right or patterns.leading(kept) or patterns.preferred(kept) or patterns.every(kept)
    return found or (letters if _ALL_ZH.search(answer) else None)


def _find_choice(answer: str, letters: str, options: Sequence[str]) -> str | None:
    named = _letter_of_option_text(answer, letters, options)
    if named is not None or not answer:
        return named
    answer = answer.replace("**", "")
    patterns = _option_patterns(letters)
    kept = patterns.without_rejected(answer)
    stated = patterns.stated(kept) or _letter_of_stated_text(answer, letters, options)
    if stated is None and not any(normalise_text(option) in _CORRECTNESS_WORDS for option in options):
        reviewed = patterns.reviewed(answer)
        right = [letter for letter, is_right in reviewed.items() if is_right]
        if len(reviewed) >= _MIN_REVIEWED_OPTIONS and 0 < len(right) < len(reviewed):
            return right[0] if len(right) == 1 else None
    stated = stated or _letter_of_first_line(answer, letters, options)
    for find in (patterns.leading, patterns.preferred, patterns.only):
        stated = stated or find(kept)
    stated = stated or _letter_of_option_text(answer.split("\n", 1)[0], letters, options)
    return stated if stated is not None and len(stated) == 1 else None


_RIGHT_PARTS = ("correct", "right", "best", "true", "answer", "正确", "对", "合适", "佳", "好", "恰当", "准确", "符合")
_WRONG_PARTS = ("wrong", "incorrect", "false", "invalid", "not", "ruled", "eliminated", "excluded")
"""Parts of which a folded text holds at least one where a pattern of right, or of wrong, letters matches."""


def _holds_one(text: str, parts: Sequence[str]) -> bool:
    """Whether a text holds one of some parts."""
    for part in parts:  # noqa: SIM110  a generator would take longer than the search
        if part in text:
            return True
    return False


class _GuardedPattern(NamedTuple):
    """A pattern, and parts of which a folded text holds at least one where it matches, which is cheaper to know.

    Attributes:
        regex: the pattern.
        parts: the parts.
        begins: whether every match begins with one of the parts.
    """

    regex: re.Pattern[str]
    parts: tuple[str, ...]
    begins: bool

    def may_match(self, folded: str) -> bool:
        """Whether a folded text holds a part."""
        return _holds_one(folded, self.parts)

    def matches(self, text: str, folded: str) -> Iterable[re.Match[str]]:
        """The matches in a text; before the first part only where the pattern does not begin with one."""
        if not self.may_match(folded):
            return ()
        if not (self.begins and text.isascii()):
            return self.regex.finditer(text)
        return self.regex.finditer(text, min(place for one in self.parts if (place := folded.find(one)) >= 0))


def _guarded(pattern: str, *parts: str, begins: bool = False) -> _GuardedPattern:
    return _GuardedPattern(re.compile(pattern), parts, begins)


class _OptionPatterns:
    """Patterns for one set of option letters; each finder returns the letters found, in order, or None."""

    def __init__(self, letters: str) -> None:
        self._letters = letters
        upper = f"[{letters}]"
        lower = f"[{letters.lower()}](?=\\s*(?:[\\)\\].,:;!?。,*\"'}}]|$))"
        one = f"(?:{upper}|{lower}){_END}"
        spaced = f"{upper}(?: {upper}){{1,9}}{_END}(?! +[a-z])"
        members_of_one = f"{one}(?>{_TIGHT}{upper}{_END}|{_LIST}{one}{_LISTED}){{0,9}}"
        group = f"{_BEFORE}(?:{spaced}|{members_of_one}|{upper}{{2,9}}{_END})"
        mention = f"{_OPEN}(?:{_NOUN}{_OPEN})({group}){_CLOSE}"
        member = rf"{_BEFORE}{upper}{_END}"
        members = rf"{member}(?:{_LIST}{upper}{_END}){{0,9}}"
        members_zh = rf"{member}(?:\s*[、和与及或/&]\s*{upper}{_END}){{0,9}}"
        self._stated = [
            _guarded(rf"\\boxed\s*\{{\s*(?:\\text(?:bf)?\s*\{{)?\s*\(?({group})", "boxed"),
            _guarded(_ANSWER_EN + _IS_EN + mention, "answer", "correct", "best", begins=True),
            _guarded(_ANSWER_ZH + _IS_ZH + mention, "答案", "正确", "错误", "符合"),
            _guarded(rf"答案\s*{mention}(?!\s*(?:选?项)?\s*(?:均|都|是|为)*\s*{_WRONG_ZH})", "答案"),
            _guarded(_SO_CHOOSE_ZH + mention, "选"),
            _guarded(
                rf"(?i:i\s+(?:would\s+)?(?:choose|pick|select|go\s+with)){mention}", "choose", "pick", "select", "with"
            ),
        ]
        right = (
            r"(?i:(?:is|are)\s+(?:the\s+)?(?:only\s+)?(?:correct|right|best|true|answer)|"
            r"[都均皆全是为]*(?:正确|对|[最更](?:合适|佳|好|恰当|准确)|符合(?:题意|要求))的?)"
        )
        self._preferred = [
            _guarded(rf"(?:选择|选)\s*:?{mention}", "选"),
            _guarded(
                rf"(?i:\b(?:it|that|this)(?:['’]s|\s+is|\s+must\s+be|\s+would\s+be|\s+has\s+to\s+be)){mention}",
                *("it", "that", "this"),
            ),
            _guarded(rf"(?i:choose|pick|select){mention}", "choose", "pick", "select", begins=True),
            _guarded(rf"(?i:option|choice)?\s*{_OPEN}({group}){_CLOSE}\s*(?:选?项)?\s*{right}", *_RIGHT_PARTS),
        ]
        self._rejected = _rejections(member, members, members_zh)
        self._leading = re.compile(
            rf"^[\W_]*(?:{_NOUN}\s*)({group})(?!{_LIST}{upper}{_END}{_LISTED})"
            rf"(?=\s*(?:[\)\].:,;!?。、*_\"`}}]|'(?![a-z])|$|\n))"
        )
        self._walk = re.compile(  # a first line of only `A` is an answer; with a later line `B: …` it reviews options
            rf"[\W_]*{_NOUN}\s*A\s*[\]).:、][^\n]*[^\W_][^\n]*\n(?:[^\n]*\n)*?[\W_]*{_NOUN}\s*B\s*[\]).:、]"
        )
        self._review = _correctness_pattern(upper)
        self._listed = re.compile(
            rf"(?:[\W_]|选项|和|与|及|以|项|and\b|{upper}(?![a-z]))+|[\W_]*[{letters.lower()}]{{2,9}}[\W_]*"
        )
        self._named = re.compile(rf"{_NAMES}{upper}{_END}")
        # "A" and "I" are words when another small word follows; "A and B" or "A is right" name an option.
        self._alone = re.compile(rf"{_BEFORE}{upper}{_END}(?!['’][a-z])(?!(?<=[AI])\s+(?!(?:and|or|is|are)\b)[a-z])")

    def stated(self, text: str) -> str | None:
        """Letters in the last stated answer."""
        return self._last(self._stated, text)

    def preferred(self, text: str) -> str | None:
        """Letters in the last preference, which is weaker than a stated answer."""
        return self._last(self._preferred, text)

    def leading(self, text: str) -> str | None:
        """Letters at the beginning of the text, unless it reviews the options one by one."""
        match = self._leading.search(text)
        if match is None or self._walk.match(text):
            return None
        return self._in_order(match.group(1))

    def only(self, text: str) -> str | None:
        """The only letter that occurs as a word, if it begins or ends the text.

        Elsewhere, it may be the first of several letters that a truncated text would have discussed.
        """
        named = self._named.sub(" ", text)
        seen = self.every(named)
        if seen is None or len(seen) > 1:
            return None
        begins = re.match(rf"[\W_]*(?i:option|choice)?\s*\(?{seen}{_END}(?!选?项)", named)
        ends = re.search(rf"{seen}{_CLOSE}(?:选?项|是|is|remains|left)?[\W_]*$", named)
        return seen if begins or ends else None

    def reviewed(self, text: str) -> dict[str, bool]:
        """Letters that a text calls right (True) or wrong (False)."""
        found: dict[str, bool] = {}
        for match in self._review.matches(text, _kept_fold(text)):
            found |= dict.fromkeys(self._in_order(match.group(1)), match.group("right") is not None)
        return {letter: found[letter] for letter in self._letters if letter in found}

    def listed(self, text: str) -> str | None:
        """The letters of a text that contains nothing else."""
        return self._in_order(text) or None if self._listed.fullmatch(text) else None

    def every(self, text: str) -> str | None:
        """Every letter that occurs as a word."""
        return self._in_order("".join(self._alone.findall(text))) or None

    def without_rejected(self, text: str) -> str:
        """The text without the letters that it rejects."""
        folded = _kept_fold(text)
        for pattern in self._rejected:
            if pattern.may_match(folded):  # what was cut out of the text only leaves less to find
                text = pattern.regex.sub(" ", text)
        return text.strip()

    def _last(self, patterns: Sequence[_GuardedPattern], text: str) -> str | None:
        folded = _kept_fold(text)
        found = [match for pattern in patterns for match in pattern.matches(text, folded)]
        if not found:
            return None
        return self._in_order(max(found, key=lambda match: match.end(1)).group(1))

    def _in_order(self, text: str) -> str:
        words = _CONJUNCTIONS.sub(" ", text) if len(text) > 1 else text
        seen = set(words.upper())
        return "".join(letter for letter in self._letters if letter in seen)


def _rejections(member: str, members: str, members_zh: str) -> list[_GuardedPattern]:
    """The patterns of letters that a text rejects, from those of one letter and of several."""
    wrong = rf"(?:{_WRONG_EN}|ruled\s+out|eliminated|excluded)"
    return [
        _guarded(rf"{_REJECT_ZH}{_OPEN}{_NOUN}\s*{members_zh}(?:\s*选?项)?", "不", "非", "除"),
        _guarded(rf"{members_zh}\s*(?:选?项)?{_CLOSE}\s*{_SAID_ZH}{_WRONG_ZH}", "错", "不", "有误", "排除"),
        _guarded(
            rf"(?i:{_REJECT_EN}(?:option|choice|answer)?s?)\s*{_OPEN}{members}",
            *("not", "isn", "can", "neither", "nor", "rul", "eliminate", "exclude", "except"),
        ),
        _guarded(rf"{members}{_CLOSE}\s*(?i:{_ARE_ALL}{wrong})", *_WRONG_PARTS),
        _guarded(rf"{member}{_CLOSE}\s*(?i:{_IS_ONE}{wrong})", *_WRONG_PARTS),
    ]


def _correctness_pattern(upper: str) -> _GuardedPattern:
    """The pattern of letters called right or wrong, in a clause, a line or a row of a table."""
    correctness = rf"(?:(?P<right>{_RIGHT_SIGN})|{_WRONG_SIGN})"
    return _guarded(
        rf"{_BEFORE}({upper}(?:{_TIGHT}{upper}){{0,9}}){_END}{_CLOSE}(?:选?项)?{_CLOSE}[.:、|\-–—]?{_OPEN}(?:说法|表述)?"
        rf"(?:(?i:is|are)\s|[是为均都皆])*{_OPEN}{correctness}",
        *("true", "correct", "right", "yes", "false", "wrong", "no", *"正对✓✔✅√错不✗✘❌×"),
    )


def _normalised(text: str) -> str:
    """The visible answer with repeated punctuation and spaces shortened, which carry no meaning and slow matching."""
    answer = _without_end_tokens(visible_answer(text) or "")
    is_ascii = answer.isascii()
    if not is_ascii or _holds_one(answer, _ASCII_SPACES):
        answer = _SPACES.sub(" ", answer)
    if not is_ascii or _holds_one(answer, _ASCII_RUNS):
        answer = _RUNS.sub(r"\1\1\1", answer)
    return answer.strip() if is_ascii or _TRADITIONAL.isdisjoint(answer) else answer.strip().translate(_SIMPLE)


def _without_end_tokens(text: str) -> str:
    """The text without the end tokens that some engines leave in it."""
    while text.endswith(">"):
        start = text.rfind("<", max(0, len(text) - _LONGEST_END_TOKEN))
        if start < 0 or _END_TOKEN.fullmatch(text, start) is None:
            break
        text = text[:start].rstrip()
    return text


_kept_fold = lru_cache(maxsize=4)(fold)
"""The folded text, kept for the next patterns."""


@cache
def _option_patterns(letters: str) -> _OptionPatterns:
    return _OptionPatterns(letters)


def _letter_of_option_text(answer: str, letters: str, options: Sequence[str]) -> str | None:
    """The letter of the only option whose text equals the whole answer; None if none or several do."""
    plain = normalise_text(answer)
    if len(plain) < 2:
        return None
    same = [letter for letter, option in zip(letters, options, strict=False) if normalise_text(option) == plain]
    return same[0] if len(same) == 1 else None


def _letter_of_stated_text(answer: str, letters: str, options: Sequence[str]) -> str | None:
    """The letter of the option whose text is stated as the answer or makes up the last line."""
    stated = find_stated_text(answer) if options else None
    if stated is None or stated.upper() in letters:
        return _letter_of_option_text(answer.rsplit("\n", 1)[-1], letters, options)
    same = [letter for letter, option in zip(letters, options, strict=False) if normalise_text(option) == stated]
    return same[0] if len(same) == 1 else None


def _letter_of_first_line(answer: str, letters: str, options: Sequence[str]) -> str | None:
    """The letter in the first line, if that line repeats an option and no other line repeats another option."""
    named = [
        match.group(1)
        for line in answer.splitlines()
        if (match := _LABELLED.match(line)) and _is_option(match.group(1), match.group(2), letters, options)
    ]
    first = _LABELLED.match(answer.split("\n", 1)[0])
    return named[0] if len(set(named)) == 1 and first is not None and first.group(1) == named[0] else None


def _is_option(letter: str, text: str, letters: str, options: Sequence[str]) -> bool:
    place = letters.find(letter)
    return 0 <= place < len(options) and normalise_text(options[place]) == normalise_text(text)
