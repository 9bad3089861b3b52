"""Tasks with fixed answers, and the engine that runs local models. It meets the rest in rows, never in imports.

Read in this order. Words: `request` (what a model is asked), `task` (items, templates, families). Parts, each pure:
`shots` and `prompting` make what is sent; `extraction`, `extraction_letters` and `extraction_numbers` read what comes
back; `scoring` and `scoring_pairs` mark it and count; `version_id`, `summary` and `summary_files` make the table.
Catalog: `catalog`, over `tasks`, one file for each publication. Pipeline: `evaluation_plan` (what will be asked),
`evaluation_asking` (asking), `evaluation_marks` (marking what is stored), `evaluation_revision` (which model it is) and
`evaluation`, which alone opens sessions. `engine` answers requests with a local model.
"""
