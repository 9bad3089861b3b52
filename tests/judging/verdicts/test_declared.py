"""A prompt declares its own marker, as it stands in a reply."""

import pytest

from judging.prompts.prompt_file import JudgePrompt, parse_prompt
from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, VerdictCause
from storage.errors import BadInput

HEADER = (
    "---\nname: p\nversion: 1\nkind: {kind}\nlanguage: en\noutput: {output}\nsource: me\n{more}---\n=== user\n{user}\n"
)
SINGLE = "{question} {response}"
PAIR = "{question} {response_a} {response_b}"


def declared(output: str, *lines: str) -> JudgePrompt:
    pairwise = not output.startswith("score")
    kind, user = ("pairwise", PAIR) if pairwise else ("single", SINGLE)
    more = "".join(f"{line}\n" for line in lines)
    return parse_prompt(HEADER.format(kind=kind, output=output, more=more, user=user), where="p.md")


@pytest.mark.parametrize(
    ("marker", "reply", "value"),
    [
        ("【总分】5分", "很好。\n【总分】8分", 8.0),
        ("【总分】5分", "【总分】 ８ 分", 8.0),
        ("【总分】{score}分", "先给【总分】3分，\n改为【总分】7.5分。", 7.5),
        ("Rating: 7", "Fine.\nRating: 7", 7.0),
        ("Rating: 7", "**Rating:** 7/10", 7.0),
        ("Rating: 7", "Fine. Rating：７", 7.0),
        ("Rating: {score}", "rating: 9. Thanks.", 9.0),
        ("Rating (1-10): {score}", "Rating (1-10): 4", 4.0),
        ("[RESULT] 5", "so [RESULT] 4", 4.0),
        ("<score>5</score>", "<score>6</score>", 6.0),
        ("Rating: 7", '{"score": 6}', 6.0),
    ],
)
def test_a_declared_score_is_read(marker: str, reply: str, value: float) -> None:
    assert parse_reply(reply, declared("score 1 to 10", f"marker: {marker}").form).value == value


@pytest.mark.parametrize(
    ("lines", "reply", "share"),
    [
        (("marker: Output (a)",), "Output (a) is better.", 1.0),
        (("marker: Output (a)",), "Output (a) has faults.\nTherefore, Output (b) is better.", 0.0),
        (("marker: Output (a)",), "**Output (B)**", 0.0),
        (("marker: Winner: A",), "Winner: tie", 0.5),
        (("marker: The better one is {verdict}.",), "The better one is B.", 0.0),
        (("marker: Assistant {verdict} wins", "labels: 1 = A, 2 = B, nobody = C"), "Assistant 2 wins", 0.0),
        (("marker: choice={verdict};", "labels: m = A, M = B"), "choice=M;", 0.0),
        (("marker: choice={verdict};", "labels: m = A, M = B"), "choice=m;", 1.0),
    ],
)
def test_a_declared_verdict_is_read_with_its_labels(lines: tuple[str, ...], reply: str, share: float) -> None:
    assert parse_reply(reply, declared("three-way", *lines).form).value == share


def test_levels_can_have_labels_of_their_own() -> None:
    labels = "labels: A++ = A>>B, A+ = A>B, A=B = A=B, B+ = B>A, B++ = B>>A"
    form = declared("five-level", "marker: choice: {verdict}", labels).form
    shares = [parse_reply(f"choice: {label}", form).value for label in ("A++", "A+", "A=B", "B+", "B++")]
    assert shares == [1.0, 0.75, 0.5, 0.25, 0.0]


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        ("Rating: seven", VerdictCause.no_marker),
        ("[[7]]", VerdictCause.no_marker),
        ("Rating: 11", VerdictCause.out_of_range),
        ("Rating: 7 or Rating: 8", VerdictCause.contradiction),
        ("If it were shorter, Rating: 9", VerdictCause.conditional),
        ("not Rating: 9", VerdictCause.negated),
        ("Overrating: 7 is easy", VerdictCause.no_marker),
    ],
)
def test_other_texts_are_failures_as_with_brackets(reply: str, cause: VerdictCause) -> None:
    assert parse_reply(reply, declared("score 1 to 10", "marker: Rating: 7").form).cause is cause


@pytest.mark.parametrize(
    ("output", "lines", "message"),
    [
        ("score 1 to 10", ("marker: Rating",), "one example of a score, got 0"),
        ("score 1 to 10", ("marker: Rating (1-10): 7",), "one example of a score, got 3"),
        ("score 1 to 10", ("marker: {score}",), "some text around"),
        ("score 1 to 10", ("marker: Rating: {verdict}",), "one example of a score, got 0"),
        ("score 1 to 10", ("marker: {score} and {score} points",), "some text around"),
        ("score 1 to 10", ("labels: 1 = A",), "expected a line 'marker:'"),
        ("score 1 to 10", ("marker: Rating: 7", "labels: 1 = A"), "pairwise output only"),
        ("scores 1 to 10", ("marker: Rating: 7",), "no marker for an output of several scores"),
        ("three-way", ("marker: Winner is",), "one example of a verdict, got 0"),
        ("three-way", ("marker: Winner: {verdict}", "labels: 1 = X"), "with the verdicts A, B, C"),
        ("three-way", ("marker: Winner: {verdict}", "labels: 1 = A"), "labels for both sides"),
    ],
)
def test_a_malformed_declaration_is_refused_with_one_sentence(
    output: str, lines: tuple[str, ...], message: str
) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        declared(output, *lines)
    assert str(raised.value).startswith("p.md: expected")


def test_a_declaration_is_part_of_the_digest_and_its_absence_is_not() -> None:
    plain, other = declared("score 1 to 10"), declared("score 1 to 10", "marker: Rating: 7")
    assert plain.digest == "f93dc68b2e14ac8d414578e1a59da38471ccdc0af273be9a7aa8f9f1a3baa72c"
    assert other.digest != plain.digest
    assert plain.form == OutputForm("score")


def test_a_form_writes_what_it_reads() -> None:
    for lines in ((), ("marker: Output (a)",), ("marker: {verdict} wins", "labels: one = A, two = B, none = C")):
        form = declared("three-way", *lines).form
        assert [parse_reply(form.write(label), form).value for label in "ABC"] == [1.0, 0.0, 0.5]
