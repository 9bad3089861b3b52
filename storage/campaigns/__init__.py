"""Campaigns, the ballots they hand out, and how far they are.

Files and folders, each after those that it builds on:

- `ballots`: Ballots: the statements behind handing out pairs, one small function each.
- `campaigns`: Studies: make them, list them, and read the frame of pairs that one offers.
- `tallies`: Counts for people who run studies: who did how much, what the store holds, what a new study could ask.
"""
