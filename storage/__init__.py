"""The ground floor: the rows that everything else speaks in, and the only place with SQL.

Read in this order: `errors` and `values` (the words), `columns`, `tables` and `ledger_tables` (the rows),
`migrating` and `database` (a store that is open and up to date), `ledger` (appending with gap-free positions),
`verdict_rows` and `verdict_fold` (which verdicts count at a position), then one file per thing stored: `questions`,
`raters`, `campaigns`, `ballots`, `preferences`, `battles`, `scores`, `ratings`; judges have `judgeable`, `judge_rows`
and `judge_reports`, objective runs `evaluation_tables` and `evaluations`. `exchange` moves rows in and out of files,
`seed` holds the example data.
"""
