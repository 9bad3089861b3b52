"""The Quality page: measures and flags of raters, disputed pairs to decide, and remarks of raters.

Files and folders, each after those that it builds on:

- `raters_section`: Raters of one campaign with measures, flags and pauses, and the report of one of them.
- `review_section`: Disputed pairs with their texts and a form to decide, decisions, and remarks.
- `quality_part`: The calls of the Quality page.
"""
