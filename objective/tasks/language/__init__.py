"""Language and understanding: families on texts, translation and common sense.

Files and folders, each after those that it builds on:

- `rows`: Rows of published data, with errors that name row and column.
- `choices`: Makes tasks of published multiple-choice data: as a continuation in `ppl`, with letters in `gen`.
- `commonsense/`: Common sense in English, and truthfulness.
- `superglue/`: SuperGLUE: English tasks on entailment, reading, word senses and references, each with its own file.
- `reading/`: Reading and open questions in English.
- `chinese/`: Chinese: inference, paraphrase, references, idioms and reading, from CLUE, FewCLUE and C3.
- `translation/`: Translation, scored by BLEU and chrF.
- `families`: The families of this folder, in the order of the list.
"""
