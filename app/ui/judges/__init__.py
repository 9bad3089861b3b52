"""The Judges page.

Files and folders, each after those that it builds on:

- `choice`: The judge that the tab shows.
- `markup`: HTML blocks of the Judges tab: means with their bounds, and the view of one judgment.
- `overview`: The list of judges with a verdict on each: the first thing on the Judges tab.
- `watch`: Counts of each judge that follow the ledger, and reports that are computed once per ledger position.
- `reader`: The last section of the Judges tab: the list of judgments, and one judgment with every raw reply.
- `report`: The statistics of one judge as figures and tables: sections of the Judges tab that are computed on request.
- `page`: The Judges tab: all judges with a verdict on each, and everything about one of them, one section at a time.
"""
