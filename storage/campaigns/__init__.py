"""Campaigns, the ballots that they hand out, and their progress.

Files and folders, each after those that it builds on:

- `rules`: The quality rules of campaigns, and the raters whom a rule has paused.
- `gold`: Gold items: pairs and responses of a campaign whose right answer is known.
- `gold_answers`: What raters answered to gold items, and the items with names and counts.
- `rater_votes`: The standing votes of people with what their ballots tell: sides, times, gold answers and repeats.
- `rater_scores`: The ballots on which people scored responses, with what their ballots tell.
- `review`: What reviewers look at: pairs on which raters disagree or that they flagged, and all their remarks.
- `ballots`: Statements on ballots: reserve a pair for a rater, show it, close it.
- `own_votes`: What a person has answered in a campaign, newest first, for that person's own history.
- `own_scores`: What a person has scored in a campaign, newest first, for that person's own history.
- `question_choice`: The questions of a new campaign: by category, language, source, and words of the text.
- `campaigns`: Campaigns: create and list them, set their state, guidelines and raters, and read their pairs.
- `changing`: Change the settings of a campaign that exists, unless somebody else changed them in the meantime.
- `progress_counts`: The progress of a campaign: its ballots by state, its votes by pair of models, and its scored
  ballots by model.
- `tallies`: Counts for people who run campaigns: work per annotator, content per source, filters for questions.
"""
