"""The Judges page.

Files and folders, each after those that it builds on:

- `choice`: The judge that the tab shows.
- `markup`: HTML blocks of the Judges tab: means with their bounds, and the view of one judgment.
- `watch`: Counts of each judge that follow the ledger, and reports that are computed once per ledger position.
- `reader`: The last section of the Judges tab: the list of judgments, and one judgment with every raw reply.
- `report`: The statistics of one judge as figures and tables: sections of the Judges tab that are computed on request.
- `page`: The Judges tab: statistics, biases, progress and replies of each judge, one section at a time.
"""
