"""The form for a new campaign, in steps, from its fields to the campaign that it makes.

Files and folders, each after those that it builds on:

- `campaign_summary`: What the form for a new campaign amounts to: its size, and the last step with all that will be
  made.
- `wizard_steps`: What the form for a new campaign shows: its steps with their fields, and the buttons below.
- `wizard_plan`: What the fields of the form for a new campaign mean: the plan of the campaign.
- `campaign_wizard`: The form for a new campaign, in steps, and the campaign that it makes.
"""
