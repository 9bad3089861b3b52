"""The Campaigns page: the list, one campaign in detail, and the forms that make and change campaigns.

Files and folders, each after those that it builds on:

- `campaign_texts`: Texts on a campaign in forms and pages: those of one campaign, or of every kind that a form can
  still make.
- `campaign_fields`: The fields of a campaign in the form for a new one and in the form that changes one, and what they
  hold.
- `gold_fields`: The field with gold items in the forms of campaigns: rows of a table, pasted from a spreadsheet or as
  CSV or JSON lines.
- `quality_fields`: The fields on checks of the raters: ready-made checks to choose from, and each check by itself.
- `entry_checks`: What both forms of campaigns refuse before anything is stored.
- `scoring_fields`: The fields on what raters score: dimensions, the scale with the texts of its ends, and the layout.
- `setting_facts`: The settings of a campaign in words: how much is asked of whom, and how raters are checked.
- `campaign_details`: One campaign in detail: its numbers, raters, pairs, guidelines, settings and changes.
- `campaigns_part`: The Campaigns page: all campaigns with progress, one in detail, and what can be done with it.
- `wizard/`: The form for a new campaign, in steps, from its fields to the campaign that it makes.
- `change_effects`: What a change of a campaign does, in words: the settings that differ, and what raters notice.
- `campaign_change`: The form that changes a campaign: what each change does to open ballots is said first.
- `crowd_part`: Crowd work: the link by which people of a platform join, and what they meet on the way.
"""
