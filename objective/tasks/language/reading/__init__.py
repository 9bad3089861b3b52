"""Reading and open questions in English.

Files and folders, each after those that it builds on:

- `race`: RACE: multiple-choice reading from English examinations.
- `lambada`: LAMBADA: the last word of a passage, which only the whole passage tells.
- `open_questions`: Open questions with several accepted answers, asked in the words of the harness.
- `triviaqa`: TriviaQA: trivia questions without a passage.
- `nq`: Natural Questions (open): questions to a search engine, answered without a passage.
"""
