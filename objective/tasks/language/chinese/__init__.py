"""Chinese: inference, paraphrase, references, idioms and reading, from CLUE, FewCLUE and C3.

Files and folders, each after those that it builds on:

- `layout`: Where the data of CLUE and FewCLUE lies, as their authors and OpenCompass lay it out.
- `ocnli`: OCNLI: whether a Chinese sentence entails another, in three classes.
- `bustm`: BUSTM: whether two short Chinese sentences mean the same.
- `cluewsc`: CLUEWSC: whether a pronoun in a Chinese text refers to a noun.
- `chid`: CHID: the idiom that fills a gap in a Chinese text.
- `c3`: C3: multiple-choice reading of Chinese dialogues and texts.
- `passages`: Questions whose answers stand in a Chinese passage, in the layout of SQuAD.
- `cmrc`: CMRC 2018: answers from passages in simplified Chinese.
- `drcd`: DRCD: answers from passages in traditional Chinese.
"""
