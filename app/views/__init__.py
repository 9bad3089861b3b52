"""From rows to words and figures in the language of the reader, without markup.

Files and folders, each after those that it builds on:

- `number_text`: Numbers that may be negative, as text in tables, sentences and figures of the pages.
- `sentences`: Texts of the admin pages in both languages, read from `app/ui/texts/admin`.
- `campaign_words`: The words of a campaign, by what its ballots show: a pair of responses, one response, or all
  responses to a question.
- `decisions`: The decision on two models in words: one sentence to act on, and what it rests on.
- `board`: Texts of a leaderboard in the reader's language, without markup.
- `columns`: The columns of a leaderboard: the one table that the terminal, JSON, CSV and the Leaderboard page are made
  from.
- `board_table`: A leaderboard as rows of text for the terminal and for the page, in the reader's language and without
  any markup.
- `chart_style`: The common style of plotly figures on the pages: Judges and Objective.
- `leaderboard/`: A leaderboard for the Leaderboard page: its answer in one line, and everything else as one JSON
  object.
- `judges`: Texts and numbers of the Judges tab in the reader's language, without markup.
- `fused/`: People and judges together, in the words of the reader, without markup.
- `objective_reasons`: Why an answer counts as right or wrong, or has no score, in a sentence.
- `objective`: Texts and numbers of the Objective tab in the reader's language, without markup.
- `abilities/`: Scores on objective tasks by the ability that they test.
- `regressions/`: Two evaluations of tasks with fixed answers, compared item by item.
- `worlds/`: Ratings by preference beside scores on objective tasks.
- `missing_effects`: The words for effects that could not be estimated, in the reader's language.
- `judge_charts/`: Figures of the Judges tab, in the common style of the pages.
- `objective_causes`: The words for causes of failed predictions and of tasks that cannot be asked, in the reader's
  language.
- `objective_notes`: The words of notes about objective scores, in the reader's language; counts are added up over
  tasks.
"""
