"""SuperGLUE: English tasks on entailment, reading, word senses and references, each with its own file.

Files and folders, each after those that it builds on:

- `layout`: Names of the files of SuperGLUE tasks, as their authors and data hubs lay them out.
- `boolq`: BoolQ: yes-or-no questions on a passage.
- `cb`: CommitmentBank: whether a text entails a clause in it, in three classes.
- `copa`: COPA: the likelier cause or effect of a premise.
- `multirc`: MultiRC: whether an answer to a question on a paragraph is right; several may be.
- `rte`: RTE: whether a text entails a hypothesis.
- `wic`: WiC: whether a word has the same sense in two sentences.
- `wsc`: WSC: whether a pronoun refers to a noun.
"""
