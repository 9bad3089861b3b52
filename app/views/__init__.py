"""From rows to words and figures in the language of the reader, without markup.

Files and folders, each after those that it builds on:

- `sentences`: The sentences of the admin pages in both languages, read from `app/ui/texts/admin`.
- `board`: Records to plain rows and sentences in the reader's language, without any markup.
- `board_charts`: Figures of a leaderboard: intervals, win fractions, battle counts.
- `judges`: What the Judges tab says in words and numbers, in the reader's language and without any markup.
- `objective`: What the Objective tab says in words and numbers, in the reader's language and without any markup.
- `judge_charts`: Figures of one judge: how its verdicts end, its scores, categories, agreement with others, and what
  draws it.
- `objective_charts`: The figure of the Objective tab: tasks by models, dressed as all figures of the admin pages.
- `trend_charts`: Figures of a board beyond the moment and beyond the whole: ratings while votes came in, ranks by
  category.
- `judge_interval_charts`: Figures that compare one judge with others: how often they agree, and what draws them, with
  intervals.
- `judge_score_charts`: Figures of scores of single responses: how often each was given, and their means by category.
"""
