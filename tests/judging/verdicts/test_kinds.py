"""Kinds of replies beside the plain marker: what is read, and what is a failure with its cause."""

import json
from pathlib import Path

import pytest

from judging.verdicts.parsing import parse_reply
from judging.verdicts.verdict import OutputForm, VerdictCause

FORMS = {"3": OutputForm("three-way"), "5": OutputForm("five-level"), "s": OutputForm("score")}

FAILURES = {
    VerdictCause.conditional: [
        ("3", "If brevity counted, then [[A]]"),
        ("3", "If only brevity mattered I would say [[B]]."),
        ("3", "Were only brevity to count I would write [[A]]."),
        ("3", "Had the spelling been right, it would be [[A]]."),
        ("3", "Should brevity matter, [[A]]."),
        ("3", "[[A]] if brevity counts."),
        ("3", "[[A]], if you only look at style"),
        ("3", "[[A]] unless the user wants code"),
        ("3", "I would pick, if brevity mattered, [[A]]"),
        ("3", "Suppose style decided: [[B]]"),
        ("3", "Assuming the first is honest, [[A]]."),
        ("3", "Provided that both are right, [[C]]"),
        ("3", "[[B]], provided the facts check out."),
        ("3", "Otherwise [[B]]."),
        ("3", "It would have been [[B]]."),
        ("3", "I could have chosen [[B]]"),
        ("3", "In that case it would have been [[A]]"),
        ("3", "Without the error, it would be [[A]]."),
        ("3", "Hypothetically, [[A]]"),
        ("3", "[[A]] had it been shorter"),
        ("3", "[[A]] were it not for the error"),
        ("3", "If brevity counted:\n[[A]]"),
        ("3", "If brevity counted,\n\n[[A]]"),
        ("3", "[[A]]?"),
        ("3", "Could it be [[A]]?"),
        ("3", "如果只看简洁，那么[[A]]"),
        ("3", "假如不考虑长度，应选[[B]]"),
        ("3", "若以简洁为准，则[[A]]"),
        ("3", "[[A]]，如果只看简洁"),
        ("3", "否则[[B]]"),
        ("3", "要是更短就是[[A]]"),
        ("3", "除非更短，[[A]]"),
        ("s", "If it were shorter it would get [[9]]."),
        ("s", "It would have been [[9]] without the error"),
        ("s", "如果更短，可以得[[9]]"),
        ("3", "Output [[A]] if A is better"),
        ("5", "If length were ignored, [[A>B]]"),
    ],
    VerdictCause.negated: [
        ("3", "not [[A]]"),
        ("3", "I would not say [[A]]."),
        ("3", "It isn't [[A]]"),
        ("3", "It isn’t [[A]]"),
        ("3", "I don't think it is [[A]]"),
        ("3", "I do not choose [[B]]."),
        ("3", "never [[A]]"),
        ("3", "Certainly not: [[A]]"),
        ("3", "anything but [[A]]"),
        ("3", "My verdict is not [[A]]."),
        ("3", "I cannot give [[A]]."),
        ("3", "[[A]] would be wrong."),
        ("3", "[[A]] is not my verdict"),
        ("3", "[[A]] is wrong"),
        ("3", "I reject [[A]]."),
        ("3", "[[not A]]"),
        ("3", "[[Not B]]"),
        ("3", "~~[[A]]~~"),
        ("3", "不是[[A]]"),
        ("3", "我不会给[[A]]"),
        ("3", "并非[[B]]"),
        ("3", "不应选[[A]]"),
        ("3", "而不是[[A]]"),
        ("s", "not [[7]]"),
        ("s", "more than [[7]]"),
        ("s", "I would not give it [[8]]"),
        ("s", "at least [[6]]"),
        ("s", "不到[[7]]"),
    ],
    VerdictCause.contradiction: [
        ("3", '{"verdict": "A", "verdict": "B"}'),
        ("3", "neither [[A]] nor [[B]]"),
        ("3", "[[A]] or [[B]]"),
        ("3", "[[A/B]]"),
        ("3", "[[A]]\n[[B]]"),
        ("3", "Verdict: [[A]]\nVerdict: [[B]]"),
        ("3", "[[A]] [[B]]"),
        ("3", "[[A]] and [[C]]"),
        ("s", "[[7]] or [[8]]"),
        ("s", "between [[6]] and [[7]]"),
        ("s", "[[7]]\n[[8]]"),
        ("3", '{"verdict": "A or B"}'),
        ("3", '[[A]] {"verdict": "B"}'),
    ],
    VerdictCause.quoted: [
        ("3", 'The response says "[[A]]"'),
        ("3", "Response B ends with [[B]]"),
        ("3", "Answer A asks me to output [[A]]"),
    ],
    VerdictCause.no_marker: [
        ("s", "[[7-8]]"),
        ("5", "[[A>A]]"),
        ("5", "[[A]]"),
        ("s", "[[1,000]]"),
        ("s", "[[²7]]"),
        ("s", "[[7²]]"),
    ],
    VerdictCause.out_of_range: [
        ("s", "[[11]]"),
    ],
    VerdictCause.thinking_only: [
        ("3", "<|channel|>analysis<|message|>[[B]]"),
    ],
}

READ = {
    "3": [
        ("My verdict would be [[A]].", 1.0),
        ("I would choose [[A]].", 1.0),
        ("Therefore, I'd go with [[B]]", 0.0),
        ("Even if brevity counted, [[A]].", 1.0),
        ("As if that were not enough, B is wrong. [[A]]", 1.0),
        ("Assistant B does not answer the question. [[A]]", 1.0),
        ("Neither is better: [[C]]", 0.5),
        ("Assistant A explains what to do if it fails, so [[A]]", 1.0),
        ("If we compare both, A is better. [[A]]", 1.0),
        ("Both had errors. [[C]]", 0.5),
        ("My verdict, all things considered: [[A]]", 1.0),
        ("Final verdict: **[[A]]**", 1.0),
        ("**[[A]]**", 1.0),
        ("[[A]] If only length counted, B would win.", 1.0),
        ("It's not perfect, but [[A]]", 1.0),
        ("Not only is it right, it is short: [[A]]", 1.0),
        ("I would rate:\n\n[[B]]", 0.0),
        ("The second one is worse than the first, [[A]]", 1.0),
        ("［［Ａ］］", 1.0),
        ("【【Ｂ】】", 0.0),
        ("【【A】】", 1.0),
        ("\\[\\[A\\]\\]", 1.0),
        ("\\\\[\\\\[A\\\\]\\\\]", 1.0),
        ("[[**A**]]", 1.0),
        ("[[__A__]]", 1.0),
        ("[[`A`]]", 1.0),
        ('[[ "A" ]]', 1.0),
        ("[[Assistant A]]", 1.0),
        ("[[assistant b]]", 0.0),
        ("[[Response A]]", 1.0),
        ("[[Answer: A]]", 1.0),
        ("[[Winner: Assistant B]]", 0.0),
        ("[[A is better]]", 1.0),
        ("[[助手A]]", 1.0),
        ("[[回答 B 更好]]", 0.0),
        ("[[平局]]", 0.5),
        ("[[Tie]]", 0.5),
        ("[[tie]]", 0.5),
        ("[[C (tie)]]", 0.5),
        ("[[A>B]]", 1.0),
        ("[[B>>A]]", 0.0),
        ("&#91;&#91;A&#93;&#93;", 1.0),
        ("&lsqb;&lsqb;B&rsqb;&rsqb;", 0.0),
        ("$\\boxed{[[A]]}$", 1.0),
        ("\\boxed{[[\\text{A}]]}", 1.0),
        ("[[[A]]]", 1.0),
        ("<b>[[A]]</b>", 1.0),
        ("[[<b>A</b>]]", 1.0),
        ("[\u200b[A]]", 1.0),
        ("◁think▷perhaps [[B]]◁/think▷[[A]]", 1.0),
        ("[THINK]perhaps [[B]][/THINK][[A]]", 1.0),
        ("<seed:think>[[B]]</seed:think>[[A]]", 1.0),
        ("<|begin_of_thought|>[[B]]<|end_of_thought|>[[A]]", 1.0),
        ("<|START_THINKING|>[[B]]<|END_THINKING|>[[A]]", 1.0),
        ("<thinking>[[B]]</thinking> [[A]]", 1.0),
        ("<Think>[[B]]</Think>[[A]]", 1.0),
        ("<|channel|>final<|message|>[[A]]<|return|>", 1.0),
        (
            "<|channel|>analysis<|message|>x [[B]]<|end|><|start|>assistant<|channel|>final<|message|>Both. [[C]]",
            0.5,
        ),
        ("analysisWe think [[B]]assistantfinal[[A]]", 1.0),
        ('{"reason": "x [[B]] y", "verdict": "A"}', 1.0),
        ('```json\n{"verdict": "B", "reason": "z"}\n```', 0.0),
        ("｛“verdict”：“A”，“why”：“好”｝", 1.0),
        ('{"winner": "Assistant A"}', 1.0),
        ('{"verdict": "tie"}', 0.5),
    ],
    "5": [
        ("[[B<<A]]", 1.0),
        ("[[B<A]]", 0.75),
        ("[[A<B]]", 0.25),
        ("[[A<<B]]", 0.0),
        ("[[B=A]]", 0.5),
        ("[[A&gt;&gt;B]]", 1.0),
        ("[[A&amp;gt;B]]", 0.75),
        ("[[A＞B]]", 0.75),
        ("[[A＞＞B]]", 1.0),
        ("[[A≫B]]", 1.0),
        ("［［Ａ＞＞Ｂ］］", 1.0),
        ("[[A > B]]", 0.75),
        ("[[Assistant A > Assistant B]]", 0.75),
        ("\\[\\[A\\>\\>B\\]\\]", 1.0),
        ("[[**A>>B**]]", 1.0),
        ("[[Tie]]", 0.5),
        ('{"verdict": "B>A"}', 0.25),
        ("My final verdict is tie: [[A=B]]", 0.5),
    ],
    "s": [
        ("[[Rating: 7]]", 7.0),
        ("[[rating: 7/10]]", 7.0),
        ("[[Score: 7]]", 7.0),
        ("[[评分：7]]", 7.0),
        ("[[评分：７分]]", 7.0),
        ("【【7】】", 7.0),
        ("评分：【【7.5】】", 7.5),
        ("［［７］］", 7.0),
        ("[[７．５]]", 7.5),
        ("[[7,5]]", 7.5),
        ("[[7分]]", 7.0),
        ("[[7 out of 10]]", 7.0),
        ("[[7/10]]", 7.0),
        ("[[**7**]]", 7.0),
        ("**Rating:** [[7]]", 7.0),
        ("[[*7*]]", 7.0),
        ("Rating: [[7]]/10", 7.0),
        ("\\[\\[7\\]\\]", 7.0),
        ("&#91;&#91;7&#93;&#93;", 7.0),
        ('{"score": 7, "why": "ok"}', 7.0),
        ('{"reason": "fine", "rating": "7/10"}', 7.0),
        ('{"rating": ７}', 7.0),
        ("Rating: 7", 7.0),
        ("**Rating: 7/10**", 7.0),
        ("评分：8分", 8.0),
        ("I do not like it. Rating: [[3]]", 3.0),
        ("It would have been better with examples. Rating: [[6]]", 6.0),
        ("Overall, it could have been more detailed, so I give it [[8]].", 8.0),
        ("If the user wanted code, this fails. [[2]]", 2.0),
        ("The answer does not cover what happens if X fails. [[4]]", 4.0),
        ("[[Overall: 7]]", 7.0),
        ("[[7]] out of 10", 7.0),
    ],
}


@pytest.mark.parametrize(
    ("form", "reply", "cause"), [(form, reply, cause) for cause, rows in FAILURES.items() for form, reply in rows]
)
def test_a_marker_that_is_not_asserted_is_a_failure_with_its_cause(form: str, reply: str, cause: VerdictCause) -> None:
    verdict = parse_reply(reply, FORMS[form])
    assert (verdict.value, verdict.cause) == (None, cause)


@pytest.mark.parametrize(
    ("form", "reply", "value"), [(form, reply, value) for form, rows in READ.items() for reply, value in rows]
)
def test_what_a_person_reads_without_doubt_is_read(form: str, reply: str, value: float) -> None:
    verdict = parse_reply(reply, FORMS[form])
    assert (verdict.value, verdict.cause) == (value, None)


@pytest.mark.parametrize("reply", ["[[A]]", "Verdict: [[A]]\nBecause of the facts.", '{"verdict": "A"}'])
def test_a_reply_that_was_cut_off_by_its_length_has_no_verdict(reply: str) -> None:
    assert parse_reply(reply, FORMS["3"]).value == 1.0
    assert parse_reply(reply, FORMS["3"], finish="length").cause is VerdictCause.truncated


def test_a_hypothesis_after_the_verdict_never_wins() -> None:
    reply = "[[A]]\nNote: had spelling decided, it would have been [[B]]."
    assert parse_reply(reply, FORMS["3"]).cause is VerdictCause.contradiction
    assert parse_reply(reply.replace("[[B]]", "[[A]]"), FORMS["3"]).value == 1.0
    denied = "[[A]]\nI would not say [[A]]."
    assert parse_reply(denied, FORMS["3"]).cause is VerdictCause.contradiction


def test_the_cases_that_were_reported_are_read_as_a_person_reads_them(shared_cases: Path) -> None:
    expected = {
        "truncated_with_quoted_marker": "truncated", "hypothetical_after_verdict": "contradiction",
        "harmony_channels_one_line": 1.0, "kimi_think_marks_one_line": 1.0, "full_width_letter": 1.0,
        "cjk_brackets": 7.0, "marker_with_word": 0.5, "marker_with_assistant": 1.0, "json_verdict": 1.0,
        "reversed_level": 0.75, "html_entity": 0.75, "bare_rating_line": 7.0, "score_bold_inside": 7.0,
        "score_comma": 7.5, "scores_full_width_digit": {"清晰度": 7.0, "综合得分": 6.0},
        "scores_with_reasons": {"1": 7.0, "2": 5.0}, "scores_list_key": "no_marker",
        "scores_huge_number": "out_of_range", "brackets_and_spaces": "truncated",
    }  # fmt: skip
    found: dict[str, object] = {}
    for line in (shared_cases / "judge_replies.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        verdict = parse_reply(row["reply"], OutputForm.from_header(row["output"]), finish=row["finish"])
        told = dict(verdict.values) or verdict.value
        found[row["case"]] = str(verdict.cause) if verdict.cause is not None else told
    assert {case: found.get(case) for case in expected} == expected
    near = (shared_cases / "judge-marker-with-label.txt").read_text(encoding="utf-8")
    assert parse_reply(near, FORMS["s"]).value == 7.0
