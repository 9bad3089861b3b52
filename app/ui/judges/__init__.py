"""The Judges page.

Files and folders, each after those that it builds on:

- `choice`: Which judge the tab shows.
- `markup`: The HTML blocks of the Judges tab: facts, means with their bounds, and one verdict opened for reading.
- `watch`: What one process knows of its judges: counts that follow the ledger, and reports that are made once per
  position.
- `reader`: The lower part of the Judges tab: its verdicts in a list, and one of them opened with every raw reply.
- `report`: The middle of the Judges tab: the finished statistics of one judge as tables under their figures.
- `page`: The Judges tab: which models judge, how they stand, how sure and how biased they are, and every reply to
  read.
"""
