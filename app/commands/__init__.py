"""The commands of `evenhand`, one file per group, each with what it prints.

`options.py` holds the groups of options that several commands share, `tables.py` and `progress.py` what reaches
the screen. Heavy imports stand inside the commands, because `evenhand --help` must answer at once.
"""
