"""Who meets whom: campaigns, pairing, and the ballots that raters have open.

Files and folders, each after those that it builds on:

- `open_ballots`: What lies on a rater's desk: the pair on screen, the one in reserve, and how far the work is.
- `pairing`: Which pair a rater gets next: a probability over the cells that are still open to this person.
- `creation`: Make a study from what is in the store, check that it can work, and tell how far it is.
- `occupancy`: The studies that a process serves, with the occupancy of their cells kept in memory.
- `forecast`: What a study would ask for, before anything is stored.
- `rater_operation`: One operation of one rater in one study: what every call of `arena.campaigns.service` does inside
  its transaction.
- `service`: Hand out blind pairs and take verdicts: the pipeline between a rater's key and the ledger.
"""
