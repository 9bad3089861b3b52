"""Own problems and long texts in the layouts of published data; everything here was written for these tests."""

from tests.objective.families.own_data import OwnData

COT_INSTRUCTION = "Decide which fruit is meant."
COT_EXAMPLES = [
    {
        "input": f"Which is {name}?\nOptions:\n(A) red\n(B) green\n(C) blue",
        "target": f"The {name} is {colour}.\nSo the answer is ({letter}).",
    }
    for name, colour, letter in (("a cherry", "red", "A"), ("a leaf", "green", "B"), ("the sky", "blue", "C"))
]
"""Worked examples as the files of the authors and the task files of the harness hold them."""

_COT = "Keep this line away from training.\n-----\n" + "\n\n".join(
    [COT_INSTRUCTION, *(f"Q: {one['input']}\nA: Let's think step by step.\n{one['target']}" for one in COT_EXAMPLES)]
)
BBH_HERE = ("boolean_expressions", "date_understanding", "navigate", "snarks", "word_sorting")
"""Tasks of BIG-Bench Hard with real data at hand."""

GPQA_ORDER = ("Neon gas", "Carbon dioxide", "Argon. here", "Helium")
"""Order of the options of the first question, which the seed gives."""

MGSM_QUESTION = "小明有 3 支笔，又买了 4 支。他有几支笔？"
LONG_CONTEXT, LONG_QUESTION = "Paragraph 1: It rained.\nParagraph 2: It snowed {a lot}.", "When did it rain?"
BBH = OwnData(
    "bbh-disambiguation_qa",
    {
        "bbh/bbh/disambiguation_qa.json": {
            "canary": "own",
            "examples": [
                {"input": "Which is a lemon?\nOptions:\n(A) red\n(B) yellow", "target": "(B)"},
                {"input": "Count the eggs: one, two.", "target": "2"},
                {"input": "Close the brackets: ( [", "target": "] )"},
                {"input": "Sort: pear apple", "target": "apple pear"},
            ],
        },
        "bbh/cot-prompts/disambiguation_qa.txt": _COT,
    },
    ("input", "target"),
)
MATH = OwnData(
    "math-algebra",
    {
        "MATH/test/algebra/1.json": {
            "problem": "Solve $2x = 1$.",
            "level": "Level 1",
            "type": "Algebra",
            "solution": "Halve both sides: $x = \\boxed{\\frac{1}{2}}$.",
        },
        "MATH/test/algebra/2.json": {
            "problem": "Which $x$ have $x^2 = 4$?",
            "level": "Level 2",
            "type": "Algebra",
            "solution": "They are $\\boxed{-2, 2}$.",
        },
    },
    ("problem", "solution"),
    {
        "MATH/algebra/test-00000-of-00001.parquet": [
            {"problem": "Solve $2x = 1$.", "solution": "Halve both sides: $x = \\boxed{\\frac{1}{2}}$."},
            {"problem": "Which $x$ have $x^2 = 4$?", "solution": "They are $\\boxed{-2, 2}$."},
        ]
    },
)
_ASDIV = [
    {"body": "Tom has 4 pens. He finds 3 pens.", "question": "How many pens has he?", "answer": "7 (pens)"},
    {"body": "It was Monday two days ago.", "question": "Which day is it?", "answer": "Wednesday"},
]
ASDIV = OwnData(
    "asdiv",
    {
        "asdiv/ASDiv.xml": "<Machine-Reading-Corpus-File><ProblemSet>"
        + "".join(
            f'<Problem ID="own-{number}"><Body>{row["body"]}</Body><Question>{row["question"]}</Question>'
            f"<Answer>{row['answer']}</Answer></Problem>"
            for number, row in enumerate(_ASDIV)
        )
        + "</ProblemSet></Machine-Reading-Corpus-File>"
    },
    (),
    {"asdiv/asdiv/validation-00000-of-00001.parquet": _ASDIV},
)
SVAMP = OwnData(
    "svamp",
    {
        "svamp/SVAMP.json": [
            {"ID": "own-1", "Body": "Ann has 12 eggs. ", "Question": "How many are left if 5 break?", "Answer": 7.0},
            {
                "ID": "own-2",
                "Body": "A rope of 3 metres is cut in two",
                "Question": "How long is a part?",
                "Answer": 1.5,
            },
        ]
    },
    ("Body", "Question", "Answer"),
)
MGSM = OwnData(
    "mgsm-zh",
    {
        "mgsm/mgsm_zh.tsv": [
            ["小明有 3 支笔，又买了 4 支。他有几支笔？", "7"],
            ["一箱 1,000 克的米有几箱就是 2,000 克？", "2"],
        ]
    },
    (),
    {
        "mgsm/zh/test-00000-of-00001.parquet": [
            {"question": "小明有 3 支笔，又买了 4 支。他有几支笔？", "answer": None, "answer_number": 7},
            {"question": "一箱 1,000 克的米有几箱就是 2,000 克？", "answer": None, "answer_number": 2},
        ]
    },
)
AIME = OwnData(
    "aime-2024",
    {
        "aime/aime24.jsonl": [
            {"ID": "own-1", "Problem": "Find the remainder of $7^2$ modulo 10.", "Answer": 9},
            {"ID": "own-2", "Problem": "Find $20 + 4$.", "Answer": "024"},
        ]
    },
    ("Problem", "Answer"),
)
MIXEVAL_CHOICE = OwnData(
    "mixeval-hard-multiple-choice",
    {
        "mixeval_hard/multiple-choice.json": {
            "0": {
                "context": None,
                "prompt": "Which is hot?",
                "options": ["ice", "fire"],
                "target": [1],
                "benchmark_name": "MMLU",
            },
            "1": {
                "context": "A calm sea.",
                "prompt": "Is it calm?",
                "options": ["No", "Yes"],
                "target": [1],
                "benchmark_name": "BoolQ",
            },
        }
    },
    ("prompt", "options", "target"),
)
MIXEVAL_FREE = OwnData(
    "mixeval-hard-free-form",
    {
        "mixeval_hard/free-form.json": {
            "0": {
                "context": "Nine birds sat on a roof.",
                "prompt": "How many birds?",
                "target": ["9", "nine"],
                "benchmark_name": "DROP",
            },
            "1": {"context": None, "prompt": "Halve three.", "target": ["\\frac{3}{2}"], "benchmark_name": "MATH"},
            "2": {
                "context": "",
                "prompt": "Who wrote the letter?",
                "target": ["Ada Finch"],
                "benchmark_name": "TriviaQA",
            },
        }
    },
    ("prompt", "target"),
)
LONGBENCH = OwnData(
    "longbench-qasper",
    {
        "longbench/qasper.jsonl": [
            {
                "_id": "a",
                "input": "What was measured?",
                "context": "We measured rain.",
                "answers": ["the rain", "rainfall"],
                "language": "en",
            },
            {
                "_id": "b",
                "input": "Where?",
                "context": "It was done in a valley.",
                "answers": ["in a valley"],
                "language": "en",
            },
        ]
    },
    ("context", "answers"),
)
LONGBENCH_ZH = OwnData(
    "longbench-multifieldqa_zh",
    {
        "longbench/multifieldqa_zh.jsonl": [
            {"_id": "a", "input": "谁修了桥？", "context": "石匠修了桥。", "answers": ["石匠"], "language": "zh"}
        ]
    },
    ("context", "answers"),
)
LONGBENCH_PARAGRAPH = OwnData(
    "longbench-passage_retrieval_en",
    {
        "longbench/passage_retrieval_en.jsonl": [
            {
                "_id": "a",
                "input": "On bees.",
                "context": "Paragraph 1: Cats.\nParagraph 2: Bees.",
                "answers": ["Paragraph 2"],
            }
        ]
    },
    ("context", "answers"),
)
LONGBENCH_SUMMARY = OwnData(
    "longbench-vcsum",
    {"longbench/vcsum.jsonl": [{"input": "", "context": "甲：修桥吧。乙：好。", "answers": ["双方同意修桥"]}]},
    ("context", "answers"),
)
LONGBENCH_CLASS = OwnData(
    "longbench-trec",
    {
        "longbench/trec.jsonl": [
            {
                "input": "Question: Who built it?\nType:",
                "context": "Question: Where is it?\nType: City",
                "answers": ["Human being"],
                "all_classes": ["Human", "Human being", "City"],
            }
        ]
    },
    ("context", "answers", "all_classes"),
)
LONGBENCH_CODE = OwnData(
    "longbench-lcc",
    {"longbench/lcc.jsonl": [{"input": "", "context": "count = 1\n", "answers": ["total=count"]}]},
    ("context", "answers"),
)
OPEN_BOOK = OwnData(
    "open-book-10",
    {
        "open_book/nq-open-10_total_documents_gold_at_0.jsonl": [
            {
                "question": "who keeps the lighthouse",
                "answers": ["Mara Holt", "Holt"],
                "ctxs": [
                    {"title": "Lighthouse", "text": "Mara Holt keeps it."},
                    {"title": "Boats", "text": "They float."},
                ],
            }
        ]
    },
    ("question", "answers", "ctxs"),
)
