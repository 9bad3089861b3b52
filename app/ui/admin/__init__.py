"""The pages for admins and reviewers: campaigns, raters and data, and the frame around all admin pages.

Files and folders, each after those that it builds on:

- `campaign_form`: The form for a new campaign: questions, models, size and raters.
- `campaigns_page`: The Campaigns tab: all campaigns with progress, one in detail, and controls to pause, resume and
  close.
- `data_page`: The Data tab: contents of the store, and how to import data.
- `raters_page`: The Raters tab: vote counts, sign-in, exclusion and invitations.
- `pages`: The pages for admins and reviewers, at `/admin`: Leaderboard, Judges, Objective, Campaigns, Raters, Data.
"""
