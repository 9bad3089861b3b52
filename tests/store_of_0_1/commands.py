"""The commands that filled the store and the commands that the test compares, as a user types them."""

ENDPOINT = "http://127.0.0.1:18713/v1"
"""Address of the endpoint when the store was filled; an evaluated model is identified by it."""

BEFORE_VOTING = (
    "import questions questions.jsonl",
    "import responses responses.jsonl",
    "import preferences votes.jsonl",
    "import preferences verdicts.jsonl",
    "import satisfaction scores.jsonl",
    "import satisfaction judge_scores.jsonl",
    "raters add ann",
    "raters add bob --language zh",
    "raters add eve --role reviewer",
    "raters add zoe",
    "raters add gone",
    'campaign create "House questions" --source house --overlap 3 --seed 7 --model Heron-9B --model Wren-3B',
    'campaign add-raters "House questions" ann bob eve zoe gone',
    'campaign guidelines "House questions" guidelines.md',
    'campaign create "A single pair" --source house --category code --model Heron-9B --model Wren-3B',
    'campaign add-raters "A single pair" ann eve',
    'campaign create "A study that was closed" --source house --policy uniform',
    'campaign close "A study that was closed"',
    'campaign create "A study that rests" --source house --language en',
    'campaign pause "A study that rests"',
    'raters invite --campaign "House questions"',
)
AFTER_VOTING = (
    'campaign remove-raters "House questions" zoe',
    "raters deactivate zoe",
    "raters erase gone --yes",
    "raters role bob reviewer",
)

ASKING = (
    "respond --model tern --name Tern-2B --source house --system 'Be brief.' --max-tokens 200",
    "respond --model tern --name Tern-hot --source house --language en --samples 2 --temperature 0.7 --seed 5",
    "respond --model faulty --name Faulty-1B --source house",
    "judge pairwise --model arbiter --name strict --source house",
    "judge pairwise --model arbiter --name one-order --source house --order given --seed 3 --temperature 0.5",
    "judge pairwise --model arbiter --name by-coin --source house --order random --pairs baseline:Wren-3B",
    "judge pairwise --model arbiter --name graded --prompt pair-5 --source house --category knowledge --language en",
    "judge pairwise --model arbiter --name second-turn --prompt pair-3 --source house --category code --turn 2",
    "judge pairwise --model arbiter --name twice --source house --category reasoning --repeats 2 --temperature 1",
    "judge pairwise --model arbiter --name voted --source house --pairs voted --price-in 2 --price-out 8",
    "judge pairwise --model faulty --name shaky --source house --category knowledge --language en",
    "judge single --model scorer --name marks --source house",
    "judge single --model scorer --name dims --prompt dimensions --source house --category knowledge --language en",
    "judge single --model faulty --name shaky-marks --source house --category knowledge --language en",
    "judge several --model ranker --name together --source house --category knowledge --language en",
    "judge pairwise --model recorded:said.jsonl --name replayed --pairs pairs.jsonl --source house",
    "judge pairwise --model baseline:longest --name longest --source house",
    "judge pairwise --model baseline:first --name first --source house --category knowledge",
    "judge pairwise --model baseline:random --name random --source house --category knowledge",
)
"""Commands that use `OPENAI_BASE_URL`; `expected.json` has the number of requests that each sends when run again."""

REREADING = (
    "judge reparse strict --recipe mt-bench-pair",
    "judge jury --member strict --member longest --member one-order --name panel",
    "judge jury --member marks --member shaky-marks --of scores --rule mean --name mean-marks",
)

EVALUATING = (
    "evaluate --model tiny --tasks evenhand-mini --limit 2",
    "evaluate --model tiny --name tiny-hot --tasks evenhand-mini --limit 1 --samples 2 --temperature 1 --seed 7",
    "evaluate --model tiny --name tiny-own --data own.csv --mode ppl",
    f"evaluate --model endpoint:tern --name tern --tasks evenhand-mini --limit 1 --kind chat --base-url {ENDPOINT}",
    f"evaluate --model endpoint:tern --name tern-own --data own.csv --kind chat --base-url {ENDPOINT}",
)
"""Run again, these load no model and call no endpoint, so they succeed where neither exists."""

BROKEN_EVALUATION = f"evaluate --model endpoint:faulty --name faulty --data own.csv --kind chat --base-url {ENDPOINT}"

RANKING = (
    "rank",
    "rank --method davidson --both-bad drop --interval rater",
    "rank --method elo --seed 4",
    "rank --method auto --weights sampling --campaign 1 --anchor Plover-14B",
    "rank --style length --style lists --style side --source demo",
    "rank --interval bootstrap --resamples 200 --seed 9",
    "rank --campaign 'House questions' --interval sandwich",
    "rank --rater-source panel",
    "rank --by judge",
    "rank --by judge:strict --method win-rate",
    "rank --by judge:panel --method rao-kupper",
    "rank --by 'judge:Example judge, made up' --style length --style bold",
    "rank --by human --method satisfaction --dimension helpful",
    "rank --by judge:marks --method satisfaction",
)

EXPORTS = (
    "questions",
    "responses",
    "preferences",
    "preferences --rater-kind human",
    "preferences --rater-kind judge",
    "satisfaction",
    "dpo",
)
