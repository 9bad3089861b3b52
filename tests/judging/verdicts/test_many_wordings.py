"""Many wordings of each kind of reply: what denies or conditions a marker fails, what asserts it is read."""

import itertools

import pytest

from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, VerdictCause

PAIR, FIVE, SCORE = OutputForm("three-way"), OutputForm("five-level"), OutputForm("score")
MARKERS = ("[[A]]", "[[B]]", "**[[A]]**", "【【B】】")

CONDITIONAL = (
    "If style were all that mattered, {m}",
    "If I only looked at length, I would choose {m}.",
    "if only correctness counts then {m}",
    "Were I to judge by tone alone, it would be {m}.",
    "Had the second answer compiled, I would have chosen {m}.",
    "Had it not been for the typo, {m} would win.",
    "Should the user prefer brevity, my verdict would be {m}.",
    "Unless the user needs code, {m}.",
    "Supposing both are correct, {m}.",
    "Assuming equal weight, I'd say {m}",
    "Provided the citations are real, {m}",
    "In case the user is a beginner: {m}",
    "{m} if the reader is an expert.",
    "{m}, if tone is what counts.",
    "{m} unless brevity matters.",
    "{m} (if you value brevity)",
    "{m} would be right if the question were about Python.",
    "{m} provided that the code runs.",
    "{m} assuming the facts hold.",
    "{m} in case of doubt",
    "It could have been {m}.",
    "It might have been {m}",
    "Otherwise I would say {m}.",
    "Otherwise, {m}",
    "Without the last paragraph it would be {m}.",
    "But for the wrong date, it would get {m}.",
    "Hypothetically: {m}",
    "Perhaps, if one ignores the error, {m}.",
    "Well, if pressed, {m}.",
    "Is it {m}?",
    "So, {m}?",
    "My verdict in that case would have been {m}.",
    "Were it shorter, {m}",
    "If the second one had cited sources,\n{m}",
    "If we ignore formatting:\n\n{m}",
    "假如只看语气，则为{m}",
    "如果用户要求简洁，那么{m}",
    "若只看长度，{m}",
    "要是没有这个错误，就是{m}",
    "倘若两者都正确，{m}",
    "除非用户需要代码，否则{m}",
    "{m}，如果只看语气",
    "{m}（如果看重简洁）",
    "只看简洁的话，{m}",
    "本来应该是{m}",
    "In a world where only style counted, I would have picked {m}.",
    "Had I been asked about style: {m}",
    "{m} had the code compiled",
    "{m} were it not for the typo",
    "If anything, {m}",
)
NEGATED = (
    "not {m}",
    "Not {m}.",
    "It is not {m}.",
    "It's not {m}.",
    "This is certainly not {m}",
    "I would not say {m}.",
    "I wouldn't say {m}",
    "I wouldn’t choose {m}.",
    "I do not think {m}",
    "I don't believe it is {m}.",
    "I cannot say {m}.",
    "I can't give {m}.",
    "I am not going to say {m}",
    "I refuse to output {m}.",
    "I will never write {m}",
    "In no way {m}",
    "By no means {m}.",
    "Anything but {m}.",
    "Rather than {m}",
    "instead of {m}",
    "My answer isn't {m}",
    "The verdict should not be {m}",
    "The verdict is never {m}",
    "{m} is wrong.",
    "{m} is incorrect",
    "{m} would be wrong",
    "{m} would be unfair.",
    "{m} is not right.",
    "{m} isn't my verdict",
    "{m} is out of the question",
    "{m} cannot be right.",
    "{m} does not apply",
    "far from {m}",
    "I hesitate to avoid {m}",
    "I rule out {m}.",
    "I ruled out {m}",
    "I reject {m}",
    "I disagree with {m}.",
    "~~{m}~~",
    "不是{m}",
    "绝不是{m}",
    "并非{m}",
    "我不选{m}",
    "我不会选{m}",
    "不应该选{m}",
    "我不认为是{m}",
    "不能给{m}",
    "而不是{m}",
    "我拒绝给出{m}",
    "{m}是错的",
)
CONTRADICTORY = (
    "{a} {b}",
    "{a} and {b}",
    "{a} or {b}",
    "{a}/{b}",
    "{a}, no, {b}",
    "Both {a} and {b}",
    "either {a} or {b}",
    "{a}\n{b}",
    "Verdict: {a}\nVerdict: {b}",
    "- {a}\n- {b}",
    "{a}; {b}",
    "First {a}, then {b}",
    "I say {a}. I say {b}.",
    "{a} (for style), {b} (for content)",
    "{a} vs {b}",
    "Final verdict: {a} {b}",
    "**{a}** **{b}**",
    "{a}、{b}",
    "{a}或{b}",
    "between {a} and {b}",
)
ASSERTED = (
    "I would go with [[A]].",
    "My choice would be [[A]]",
    "Assistant B fails when the list is empty, so my verdict is [[A]]",
    "Neither is perfect, but [[A]] is stronger",
    "Assistant B did not answer, whereas A did: [[A]]",
    "While B could have been better, A is fine. [[A]]",
    "A is better because B does not compile. [[A]]",
    "Final verdict: [[A]] because B is not correct",
    "[[A]] because it would help more",
    "Since B would fail if run, [[A]]",
    "Therefore, the winner is [[A]], not B.",
    "[[A]] - B is wrong",
    "[[A]], as B ignores the question",
    "I can't say more. [[A]]",
    "Without further ado, [[A]]",
    "Not much separates them, still: [[A]]",
    "Although B is not bad, I prefer [[A]]",
    "B should have cited sources. Verdict: [[A]]",
    "The user asked if the sky is blue. [[A]]",
    "A answers whether or not it rains; [[A]]",
    "Based on this, A is better.\n\n[[A]]",
    "### Verdict\n[[A]]",
    "综上所述，[[A]]",
    "虽然B不错，但A更好：[[A]]",
    "B没有说明如果失败怎么办，所以选[[A]]",
    "即使只看长度，也是[[A]]",
    "我认为回答A更好，因此选择[[A]]",
    "B不是很好。[[A]]",
    "B的回答不是中文，因此[[A]]",
    "No contest: [[A]]",
    '"[[A]]"',
    "Answer: [[A]]",
    'The verdict is "[[A]]".',
    "Winner → [[A]]",
    "I'd say [[A]]",
    "I'd give it to [[A]]",
    "It's [[A]]!",
    "A was more helpful than B. [[A]]",
    "B had many errors and was rude: [[A]]",
    "In summary, Assistant A provides more than B does: [[A]]",
)
ASSERTED_SCORES = (
    "Overall, I would rate it [[7]]",
    "It could be improved, but it is good. [[7]]",
    "The answer lacks depth, hence [[7]]",
    "This earns more than half marks. [[7]]",
    "It does not cover everything, so I give it [[7]]",
    "I would have liked examples. Rating: [[7]]",
    "Better than average: [[7]]",
    "Not bad at all. [[7]]",
    "If examples were added it would be perfect. Rating: [[7]]",
    "A score of [[7]] is fair",
    "[[7]] out of 10",
    "Rating: [[7]] (good but not great)",
    "不够详细，因此给[[7]]",
    "高于平均水平。评分：[[7]]",
    "如果有例子会更好。评分：[[7]]",
    "总体不错，但没有例子，[[7]]",
    "得分[[7]]，因为不完整",
    "I give this response a [[7]].",
    "This is no more than average, [[7]]",
)
FRAMES = (
    "{m}",
    "Verdict: {m}",
    "My final verdict is {m}.",
    "**{m}**",
    "so {m}\n",
    "I think\n\n{m}\n\nThanks.",
    "最终结论：{m}",
    "结论是{m}。",
    "(verdict) {m}",
    "Final: `{m}`",
)
SHARES = {"A": 1.0, "B": 0.0, "C": 0.5}
LEVELS = {
    "B<A": 0.75, "B<<A": 1.0, "A<B": 0.25, "A<<B": 0.0, "A>B": 0.75, "A>>B": 1.0, "B>A": 0.25, "B>>A": 0.0, "A=B": 0.5,
    "B=A": 0.5,
}  # fmt: skip
WRITTEN = (
    "【【{0}】】", "［［{0}］］", "【[{0}]】", "[[{1}]]", "【【{1}】】", "［［{1}］］", r"\[\[{0}\]\]",
    r"\\[\\[{0}\\]\\]",
    r"[\[{0}\]]", "[[**{0}**]]", "[[*{0}*]]", "[[__{0}__]]", "[[`{0}`]]", "[[<b>{0}</b>]]", '[["{0}"]]',
    "&#91;&#91;{0}&#93;&#93;", "&lsqb;&lsqb;{0}&rsqb;&rsqb;", "&#x5B;&#x5B;{0}&#x5D;&#x5D;", "[[&nbsp;{0}&nbsp;]]",
)  # fmt: skip
NAMED = (
    "[[Assistant {0}]]", "[[assistant {0}]]", "[[Response {0}]]", "[[Answer: {0}]]", "[[Winner: Assistant {0}]]",
    "[[{0} is better]]", "[[{0} wins]]", "[[助手{0}]]", "[[回答 {0} 更好]]",
)  # fmt: skip
SCORED = (
    "[[{0}]]", "[[Rating: {0}]]", "[[rating:{0}]]", "[[Final score: {0}]]", "[[评分：{0}]]", "[[{0}分]]", "[[{0}/10]]",
    "[[{0} out of 10]]", "[[**{0}**]]", "[[{1}]]", "【【{0}】】", "［［{1}］］", r"\[\[{0}\]\]", "[[{2}]]",
    "[[My rating: {0}]]",
)  # fmt: skip
THOUGHTS = (
    "<think>{0}</think>", "<Thinking>{0}</Thinking>", "{0}</think>", "◁think▷{0}◁/think▷", "[THINK]{0}[/THINK]",
    "<seed:think>{0}</seed:think>", "<|begin_of_thought|>{0}<|end_of_thought|>",
    "<|START_THINKING|>{0}<|END_THINKING|>",
    "<|channel|>analysis<|message|>{0}<|end|><|start|>assistant<|channel|>final<|message|>",
    "analysis{0}assistantfinal",
)  # fmt: skip


def wide(text: str) -> str:
    """The text in full-width characters."""
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


@pytest.mark.parametrize("wording", CONDITIONAL)
def test_a_condition_is_no_verdict(wording: str) -> None:
    for marker in MARKERS:
        assert parse_reply(wording.format(m=marker), PAIR).cause is VerdictCause.conditional


@pytest.mark.parametrize("wording", NEGATED)
def test_a_denial_is_no_verdict(wording: str) -> None:
    for marker in MARKERS:
        cause = parse_reply(wording.format(m=marker), PAIR).cause
        assert cause in {VerdictCause.negated, VerdictCause.conditional}


@pytest.mark.parametrize("wording", CONTRADICTORY)
def test_two_verdicts_are_none(wording: str) -> None:
    for first, second in itertools.permutations(("[[A]]", "[[B]]", "【【C】】"), 2):
        assert parse_reply(wording.format(a=first, b=second), PAIR).cause is VerdictCause.contradiction


@pytest.mark.parametrize("reply", ASSERTED)
def test_an_asserted_verdict_is_read(reply: str) -> None:
    assert parse_reply(reply, PAIR).value == 1.0


@pytest.mark.parametrize("reply", ASSERTED_SCORES)
def test_an_asserted_score_is_read(reply: str) -> None:
    assert parse_reply(reply, SCORE).value == 7.0


@pytest.mark.parametrize("frame", FRAMES)
def test_every_way_to_write_a_marker_is_read_in_every_sentence(frame: str) -> None:
    for written, (label, share) in itertools.product(WRITTEN, SHARES.items()):
        assert parse_reply(frame.format(m=written.format(label, wide(label))), PAIR).value == share
    for written, label in itertools.product(NAMED, "AB"):
        assert parse_reply(frame.format(m=written.format(label)), PAIR).value == SHARES[label]
    for written, (label, share) in itertools.product(WRITTEN, LEVELS.items()):
        for spelled in (label, label.lower(), label.replace("<", "&lt;").replace(">", "&gt;")):
            assert parse_reply(frame.format(m=written.format(spelled, wide(label))), FIVE).value == share
    for written, number in itertools.product(SCORED, ("7", "7.5", "10", "1")):
        reply = frame.format(m=written.format(number, wide(number), number.replace(".", ",")))
        assert parse_reply(reply, SCORE).value == float(number)


@pytest.mark.parametrize("thought", THOUGHTS)
def test_no_thought_counts(thought: str) -> None:
    for inner in ("maybe [[B]]", "[[B]]\n[[B]]", "if so then [[B]]", "first [[A]], no: [[B]]"):
        for answer in ("[[A]]", "\n\nVerdict: [[A]]", "So not bad: [[A]]"):
            assert parse_reply(thought.format(inner) + answer, PAIR).value == 1.0
