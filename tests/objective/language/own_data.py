"""Small data files with our own questions, in the layouts of the authors and of a data hub."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Rows = Sequence[Mapping[str, Any]]

PASSAGE = 'The mill at Orrin turns barley into flour. Its wheel was built of oak, and "the old pond" feeds it.'
WSC_TEXT = 'Mara gave the jar to Ilse because she did n\'t need it ( or so " she " said ) .'
RACE_PROBLEMS = [
    {"question": "Who keeps the bees?", "options": ["Ana", "Ben", "Cleo", "Dan"], "answer": "C"},
    {
        "question": "The honey is sold at  _  .",
        "options": ["the port", "the fair", "the mill", "the inn"],
        "answer": "B",
    },
    {"question": "What colour are the hives?", "options": ["Blue", "Grey", "Red", "White"], "answer": "A"},
]
RACE_ARTICLE = "Cleo keeps bees in blue hives. She sells the honey at the fair."
TRUTHFUL = {
    "question": "Can you see the wall of a garden from the Moon?",
    "mc1_targets": {"choices": ["No, it is far too small", "Yes, easily", "Only at night"], "labels": [1, 0, 0]},
    "mc2_targets": {"choices": ["No, it is far too small", "No", "Yes, easily"], "labels": [1, 1, 0]},
}

HUB: Mapping[str, Mapping[str, Rows]] = {
    "hellaswag": {
        "hellaswag/validation.jsonl": [
            {
                "activity_label": "Baking bread",
                "ctx_a": "A woman kneads dough {slowly} on a table.",
                "ctx_b": "she [title] Folding",
                "endings": [
                    "shapes it into a loaf.",
                    "throws it out of the window.",
                    "[header] Paints it  blue. [step] Then she sings.",
                    "reads it a story.",
                ],
                "label": "0",
            }
        ]
    },
    "winogrande": {
        "winogrande/validation.jsonl": [
            {
                "sentence": "Nora lent Ida her bicycle because _ had missed the last bus.",
                "option1": "Nora",
                "option2": "Ida",
                "answer": "2",
            }
        ]
    },
    "piqa": {
        "piqa/validation.jsonl": [
            {"goal": "Open a tight jar.", "sol1": "Warm the lid with water.", "sol2": "Cool the jar.", "label": 0}
        ]
    },
    "siqa": {
        "siqa/validation.jsonl": [
            {
                "context": "Pia brought soup to her ill neighbour.",
                "question": "Why did Pia do this?",
                "answerA": "to be paid",
                "answerB": "to help",
                "answerC": "to cook less",
                "label": "2",
            }
        ]
    },
    "openbookqa": {
        "openbookqa/test.jsonl": [
            {
                "question_stem": "A candle under a glass goes out because",
                "choices": {
                    "text": ["oxygen runs out", "glass is cold", "wax is heavy", "light is slow"],
                    "label": list("ABCD"),
                },
                "answerKey": "A",
            }
        ]
    },
    "truthfulqa": {"truthfulqa/validation.jsonl": [TRUTHFUL]},
    "boolq": {
        "superglue/boolq/validation.jsonl": [
            {"question": "does the mill at orrin make flour", "passage": PASSAGE, "idx": 0, "label": 1}
        ]
    },
    "cb": {
        "superglue/cb/validation.jsonl": [
            {"premise": "I doubt that the ferry left.", "hypothesis": "the ferry left", "idx": 0, "label": 1},
            {"premise": "He knows that the ferry left.", "hypothesis": "the ferry left", "idx": 1, "label": 0},
            {"premise": "If the ferry left, we walk.", "hypothesis": "the ferry left", "idx": 2, "label": 2},
        ]
    },
    "copa": {
        "superglue/copa/validation.jsonl": [
            {
                "premise": "The lake froze. ",
                "choice1": "The ducks walked on it.",
                "choice2": "It rained warm water.",
                "question": "effect",
                "idx": 0,
                "label": 0,
            },
            {
                "premise": "The lamp went dark.",
                "choice1": "I read a book.",
                "choice2": "The oil was used up.",
                "question": "cause",
                "idx": 1,
                "label": 1,
            },
        ]
    },
    "wsc": {
        "superglue/wsc.fixed/validation.jsonl": [
            {
                "text": WSC_TEXT,
                "span1_index": 0,
                "span1_text": "Mara",
                "span2_index": 7,
                "span2_text": "she",
                "idx": 0,
                "label": 1,
            }
        ]
    },
    "rte": {
        "superglue/rte/validation.jsonl": [
            {"premise": "The bridge reopened in May.", "hypothesis": "The bridge was closed.", "idx": 0, "label": 0}
        ]
    },
    "wic": {
        "superglue/wic/validation.jsonl": [
            {
                "word": "bank",
                "sentence1": "They sat on the banks of the river.",
                "sentence2": "The bank lent us money.",
                "start1": 16,
                "end1": 21,
                "start2": 4,
                "end2": 8,
                "idx": 0,
                "label": 0,
            }
        ]
    },
    "multirc": {
        "superglue/multirc/validation.jsonl": [
            {"paragraph": PASSAGE, "question": "What feeds the wheel?", "answer": "the old pond", "label": 1},
            {"paragraph": PASSAGE, "question": "What feeds the wheel?", "answer": "a coal fire", "label": 0},
        ]
    },
    "race": {"race/high/test.jsonl": [{"article": RACE_ARTICLE, "problems": repr(RACE_PROBLEMS)}]},
    "lambada": {"lambada/test.jsonl": [{"text": "Tove took the key from the hook and unlocked the  door"}]},
    "triviaqa": {
        "triviaqa/validation.jsonl": [
            {
                "question": "Which metal is liquid at room temperature?",
                "question_id": "own_1",
                "answer": {"aliases": ["Mercury", "quicksilver", "Hg (metal)"], "value": "Mercury"},
            }
        ]
    },
    "nq": {
        "nq_open/validation.jsonl": [
            {"question": "which planet has the great red spot", "answer": ["Jupiter", "the planet Jupiter"]}
        ]
    },
    "ocnli": {
        "clue/OCNLI/dev.json": [
            {"sentence1": "他昨天把船修好了。", "sentence2": "船已经修好了。", "label": "entailment"},
            {"sentence1": "他昨天修船。", "sentence2": "船很旧。", "label": "-"},
            {"sentence1": "今天下雨，", "sentence2": "今天没有下雨。", "label": "contradiction"},
        ]
    },
    "bustm": {
        "clue/bustm/test_public.json": [
            {"id": 1, "sentence1": "把灯打开", "sentence2": "开一下灯", "label": "1"},
            {"id": 2, "sentence1": "几点了", "sentence2": "今天几号", "label": "0"},
        ]
    },
    "cluewsc": {
        "clue/cluewsc/test_public.json": [
            {
                "target": {"span2_index": 9, "span1_index": 0, "span1_text": "小林", "span2_text": "他"},
                "idx": 1,
                "label": "true",
                "text": "小林把书还给老师，他已经读完了。",
            }
        ]
    },
    "chid": {
        "clue/chid/test_public.json": [
            {
                "id": 1,
                "candidates": ["画蛇添足", "守株待兔", "亡羊补牢", "一石二鸟", "对牛弹琴", "掩耳盗铃", "杯弓蛇影"],
                "content": "文章已经很好，再加一段就是#idiom#了。",
                "answer": 0,
            }
        ]
    },
    "cmrc": {
        "cmrc/validation.jsonl": [
            {
                "id": "own_1",
                "context": "清溪桥建于1907年，由石匠陈守仁主持修建。",
                "question": "清溪桥建于哪一年？",
                "answers": {"text": ["1907年", "1907"], "answer_start": [4, 4]},
            }
        ]
    },
    "wmt": {
        f"{year}/{pair}/test.jsonl": [
            {"translation": {other: "Der letzte Zug fährt heute nicht.", "en": "The last train does not run today."}}
        ]
        for year, pair, other in (("wmt14", "fr-en", "fr"), ("wmt16", "de-en", "de"), ("wmt16", "ro-en", "ro"))
    },
}
"""Rows with the column names of the data hub, by family and path. Data that only its authors publish is here too."""

_ENGLISH = "A calm sea lies behind the low hills.\nA tall tree stands before the old house.\n"
_SQUAD = {
    "version": "own",
    "data": [
        {
            "paragraphs": [
                {
                    "id": "P1",
                    "context": "清溪橋建於1907年，由石匠陳守仁主持修建。",
                    "qas": [
                        {
                            "question": "清溪橋由誰主持修建？",
                            "id": "P1_Q1",
                            "answers": [
                                {"text": "石匠陳守仁", "answer_start": 12},
                                {"text": "陳守仁", "answer_start": 14},
                            ],
                        }
                    ],
                }
            ]
        }
    ],
}
_C3 = [
    [
        ["男：船什么时候开？", "女：八点，现在还早。"],
        [{"question": "船几点开？", "choice": ["七点", "八点", "九点"], "answer": "八点"}],
        "own-1",
    ]
]

AUTHORS: Mapping[str, Mapping[str, Any]] = {
    "hellaswag": {
        "hellaswag/hellaswag_val.jsonl": [dict(row, label=0) for row in HUB["hellaswag"]["hellaswag/validation.jsonl"]]
    },
    "piqa": {
        "piqa/valid.jsonl": [{"goal": "Open a tight jar.", "sol1": "Warm the lid.", "sol2": "Cool the jar."}],
        "piqa/valid-labels.lst": "0\n",
    },
    "siqa": {
        "siqa/dev.jsonl": [
            {
                "context": "Pia brought soup.",
                "question": "Why?",
                "answerA": "money",
                "answerB": "help",
                "answerC": "fun",
            }
        ],
        "siqa/dev-labels.lst": "2\n",
    },
    "openbookqa": {
        "openbookqa/test.jsonl": [
            {
                "id": "1-1",
                "question": {
                    "stem": "A candle under a glass goes out because",
                    "choices": [
                        {"text": text, "label": label}
                        for label, text in zip(
                            "ABCD", ["oxygen runs out", "glass is cold", "wax is heavy", "light is slow"], strict=True
                        )
                    ],
                },
                "answerKey": "A",
            }
        ]
    },
    "truthfulqa": {
        "truthfulqa/mc_task.json": [
            {
                "question": TRUTHFUL["question"],
                "mc1_targets": {"No, it is far too small": 1, "Yes, easily": 0},
                "mc2_targets": {"No, it is far too small": 1, "No": 1, "Yes, easily": 0},
            }
        ]
    },
    "boolq": {"superglue/BoolQ/val.jsonl": [{"question": "is the wheel of oak", "passage": PASSAGE, "label": True}]},
    "cb": {
        "superglue/CB/val.jsonl": [
            {"premise": "He knows that the ferry left.", "hypothesis": "the ferry left", "label": label}
            for label in ("entailment", "contradiction", "neutral")
        ]
    },
    "wsc": {
        "superglue/WSC/val.jsonl": [
            {
                "text": WSC_TEXT,
                "target": {"span1_index": 0, "span1_text": "Mara", "span2_index": 7, "span2_text": "she"},
                "label": "true",
            }
        ]
    },
    "rte": {
        "superglue/RTE/val.jsonl": [
            {"premise": "The bridge reopened.", "hypothesis": "It was closed.", "label": "not_entailment", "idx": 0}
        ]
    },
    "multirc": {
        "superglue/MultiRC/val.jsonl": [
            {
                "idx": 0,
                "passage": {
                    "text": PASSAGE,
                    "questions": [
                        {
                            "question": "What feeds the wheel?",
                            "idx": 0,
                            "answers": [
                                {"text": "the old pond", "idx": 0, "label": 1},
                                {"text": "a coal fire", "idx": 1, "label": 0},
                            ],
                        }
                    ],
                },
            }
        ]
    },
    "race": {
        "race/test/high/1.txt": {
            "article": RACE_ARTICLE,
            "questions": [one["question"] for one in RACE_PROBLEMS],
            "options": [one["options"] for one in RACE_PROBLEMS],
            "answers": [one["answer"] for one in RACE_PROBLEMS],
            "id": "high1.txt",
        }
    },
    "triviaqa": {
        "triviaqa/unfiltered-web-dev.json": {
            "Data": [
                {
                    "Question": "Which metal is liquid at room temperature?",
                    "QuestionId": "own_1",
                    "Answer": {"Aliases": ["Mercury", "Quicksilver"], "Value": "Mercury"},
                }
            ],
            "Domain": "Web",
        }
    },
    "nq": {"nq_open/NQ-open.dev.jsonl": [{"question": "which planet has the great red spot", "answer": ["Jupiter"]}]},
    "cmrc": {"clue/CMRC/dev.json": _SQUAD},
    "drcd": {"clue/DRCD/dev.json": _SQUAD},
    "c3": {"c3/c3-d-dev.json": _C3, "c3/c3-m-dev.json": _C3},
    "flores": {
        **{f"flores/devtest/{code}.devtest": _ENGLISH for code in ("eng_Latn", "deu_Latn")},
        "flores/devtest/zho_Hans.devtest": "平静的海躺在低矮的山丘后面。\n一棵高高的树站在老房子前面。\n",
        "flores/dev/eng_Latn.dev": "A warm day.\n",
        "flores/dev/zho_Hans.dev": "温暖的一天。\n",
    },
    "wmt": {
        "wmt/wmt16.de-en.src": "Der letzte Zug fährt heute nicht.\n",
        "wmt/wmt16.de-en.ref": "The last train does not run today.\n",
    },
}
"""Files as the authors lay them out, by family and path: rows of JSON Lines, a whole JSON value, or a text."""


def write_files(folder: Path, files: Mapping[str, Any]) -> Path:
    """Write files in the form that their content and name ask for, and return the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        is_lines = isinstance(content, list) and not name.startswith(("c3/", "truthfulqa/mc_task"))
        if isinstance(content, str):
            text = content
        elif is_lines:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
        else:
            text = json.dumps(content, ensure_ascii=False)
        path.write_text(text, encoding="utf-8")
    return folder
