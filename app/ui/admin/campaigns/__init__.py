"""The Campaigns page: the list, one campaign in detail, and the forms that make and change campaigns.

Files and folders, each after those that it builds on:

- `campaign_texts`: Texts on a campaign in forms and pages: those of one campaign, or of every kind that a form can
  still make.
- `campaign_fields`: The fields of a campaign, in the form for a new one and in the form that changes one.
- `gold_fields`: The field with gold items in the forms of campaigns: rows of a table, pasted from a spreadsheet or as
  CSV or JSON lines.
- `scoring_fields`: The fields on what raters score: dimensions, the scale with the texts of its ends, and the layout.
- `campaign_details`: One campaign in detail: its numbers, raters, pairs, guidelines, settings and changes.
- `campaigns_part`: The Campaigns page: all campaigns with progress, one in detail, and what can be done with it.
- `campaign_summary`: What the form for a new campaign amounts to: its size, and the last step with all that will be
  made.
- `campaign_wizard`: The form for a new campaign, in steps.
- `campaign_change`: The form that changes a campaign: what each change does to open ballots is said first.
- `crowd_part`: Crowd work: the link by which people of a platform join, and what they meet on the way.
"""
