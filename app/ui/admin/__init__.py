"""The pages for admins and reviewers: campaigns, raters and data, and the frame around all admin pages.

Files and folders, each after those that it builds on:

- `campaign_form`: The form for a new study: what it is made of, how large it will be, and whom to let in.
- `campaigns_page`: The Campaigns tab: every study with its progress, one of them in detail, and its life: pause,
  resume, close.
- `data_page`: The Data tab: what the store holds, and how to bring more into it.
- `raters_page`: The Raters tab: who judges, how much, who may sign in and whose votes count; and invitations.
- `pages`: The pages for admins and reviewers, at `/admin`: Leaderboard, Judges, Objective, Campaigns, Raters, Data.
"""
