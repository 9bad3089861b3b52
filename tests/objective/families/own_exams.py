"""Own questions of exams in the layouts of published data; everything here was written for these tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.objective.families.own_data import OwnData

_SKY = [
    {"question": "Which of these is a planet?", "choices": ["The Moon", "Mars", "Sirius", "The Sun"], "answer": 1},
    {"question": "What do we call a group of stars? ", "choices": ["flock", "galaxy", "shoal", "forest"], "answer": 1},
    {"question": "When is the Moon full?", "choices": ["daily", "weekly", "yearly", "monthly"], "answer": 3},
    {"question": "What is at the centre of our system?", "choices": ["Sun", "Earth", "Mars", "Moon"], "answer": 0},
    {"question": "What do comets have?", "choices": ["wings", "roots", "tails", "doors"], "answer": 2},
]
_SKY_ASKED = [
    {"question": " Which body shines by itself?\n", "choices": ["Venus", "Moon", "Sun", "Io"], "answer": 2},
    {"question": "How many {moons} has the Earth?", "choices": ["1", "2", "3", "4"], "answer": 0},
]


def _native_mmlu(rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [[row["question"], *row["choices"], "ABCD"[row["answer"]]] for row in rows]


MMLU = OwnData(
    "mmlu-astronomy",
    {
        "mmlu/test/astronomy_test.csv": _native_mmlu(_SKY_ASKED),
        "mmlu/dev/astronomy_dev.csv": _native_mmlu(_SKY),
    },
    (),
    {
        "mmlu/astronomy/test-00000-of-00001.parquet": _SKY_ASKED,
        "mmlu/astronomy/dev-00000-of-00001.parquet": _SKY,
    },
)


def _pro(number: int, question: str, options: list[str], answer: str) -> dict[str, Any]:
    return {
        "question_id": number,
        "question": question,
        "options": options,
        "answer": answer,
        "answer_index": "ABCDEFGHIJ".index(answer),
        "cot_content": f"A: Let's think step by step. Only one fits. The answer is ({answer}).",
        "category": "computer science",
        "src": "own",
    }


_TEN = [f"{number} bits" for number in range(1, 11)]
MMLU_PRO = OwnData(
    "mmlu-pro-computer_science",
    {
        "mmlu_pro/test.jsonl": [
            _pro(1, "How many bits has a byte?", _TEN, "H"),
            _pro(2, "Which sum is even?", ["1 + 2 ", "2 + 2", "4 + 5"], "B"),
            {**_pro(3, "Who made the law?", ["a", "b"], "A"), "category": "law"},
        ],
        "mmlu_pro/validation.jsonl": [
            _pro(100 + n, f"Which is {n}?", [str(m) for m in range(7)], "ABCDEFG"[n]) for n in range(5)
        ],
    },
    ("question", "options", "answer", "category"),
)
GPQA = OwnData(
    "gpqa-diamond",
    {
        "gpqa/gpqa_diamond.csv": [
            {
                "Record ID": "rec1",
                "Question": "Which gas do leaves take in? ",
                "Correct Answer": "Carbon dioxide\n",
                "Incorrect Answer 1": "Helium",
                "Incorrect Answer 2": "Neon  gas",
                "Incorrect Answer 3": "Argon [title]here",
            },
            {
                "Record ID": "rec2",
                "Question": "What does ice float on?",
                "Correct Answer": "water",
                "Incorrect Answer 1": "air",
                "Incorrect Answer 2": "sand",
                "Incorrect Answer 3": "oil [c]",
            },
        ]
    },
    ("Question", "Correct Answer", "Incorrect Answer 2"),
)
_LOGIC = [
    {
        "id": "0",
        "question": "若甲在乙左边，乙在丙左边，谁在最左边？",
        "A": "甲",
        "B": "乙",
        "C": "丙",
        "D": "丁",
        "answer": "A",
    },
    {
        "id": "1",
        "question": " 三个偶数之和是什么数？",
        "A": "奇数",
        "B": "偶数",
        "C": "质数",
        "D": "分数",
        "answer": "B",
    },
]
CEVAL_ZERO_SHOT = OwnData(
    "zero-shot-ceval-logic",
    {"ceval/val/logic_val.csv": _LOGIC, "ceval/dev/logic_dev.csv": _LOGIC[:1]},
    ("question", "answer"),
)
GAOKAO_SINGLE = OwnData(
    "gaokao-bench-history",
    {
        "gaokao_bench/2010-2022_History_MCQs.json": {
            "keywords": "2010-2022_History_MCQs",
            "example": [
                {
                    "index": 0,
                    "question": "1．车轮最早用于( )\nA．运输 B．飞行 C．潜水 D．照明\n",
                    "answer": ["A"],
                    "score": 4,
                },
                {
                    "index": 1,
                    "question": "2．下列属于文字的是\nA．砖 B．瓦 C．甲骨文 D．陶片",
                    "answer": ["C"],
                    "score": 4,
                },
            ],
        }
    },
    ("question", "answer"),
)
GAOKAO_SEVERAL = OwnData(
    "gaokao-bench-physics",
    {
        "gaokao_bench/2010-2022_Physics_MCQs.json": {
            "example": [
                {
                    "index": 0,
                    "question": "（多选）下列是单位的有\nA．米 B．红 C．秒 D．圆",
                    "answer": ["A", "C"],
                    "score": 6,
                },
                {"index": 1, "question": "物体下落是因为\nA．光 B．重力 C．声 D．电", "answer": ["B"], "score": 6},
            ]
        }
    },
    ("question", "answer"),
)
GAOKAO_SEQUENCE = OwnData(
    "gaokao-bench-geography",
    {
        "gaokao_bench/2010-2022_Geography_MCQs.json": {
            "example": [
                {
                    "index": 0,
                    "question": "读图，完成下列各题。\n（1）…\nA B C D\n（2）…\nA B C D",
                    "answer": ["B", "D"],
                },
                {"index": 1, "question": "（1）…（2）…（3）…", "answer": ["A", "A", "C"]},
            ]
        }
    },
    ("question", "answer"),
)
_SAFE = [
    {"id": 4, "category": "Mental Health", "question": "朋友难过时应该怎么做？", "options": ["倾听", "嘲笑", "离开"]},
    {"id": 7, "category": "Mental Health", "question": "睡眠不足会影响情绪吗？", "options": ["不会。", "会。"]},
    {"id": 9, "category": "Physical Health", "question": "触电时先做什么？", "options": ["跑", "断电", "喊", "看"]},
]
SAFETYBENCH = OwnData(
    "safetybench-zh-mental-health",
    {
        "safetybench/test_zh.json": _SAFE,
        "safetybench/test_answers_zh.json": {
            "4": {"category": "Mental Health", "answer": 0},
            "7": {"category": "Mental Health", "answer": 1},
            "9": {"category": "Physical Health", "answer": 1},
        },
    },
    ("question", "options"),
)
SAFETYBENCH_EN = OwnData(
    "safetybench-en-physical-health",
    {
        "safetybench/test_en.json": [
            {
                "id": 1,
                "category": "Physical Health",
                "question": "Is smoke healthy?",
                "options": ["Yes", "No"],
                "answer": 1,
            }
        ]
    },
    ("question", "options"),
)
ARC = OwnData(
    "arc-challenge",
    {
        "arc/ARC-Challenge-Test.jsonl": [
            {
                "id": "own-1",
                "question": {
                    "stem": "What melts in the sun?",
                    "choices": [{"text": "stone", "label": "1"}, {"text": "ice", "label": "2"}],
                },
                "answerKey": "2",
            }
        ],
        "arc/ARC-Challenge-Dev.jsonl": [],
    },
    (),
)
