"""Images: families whose questions are about a picture, for models that read images.

Files and folders, each after those that it builds on:

- `mmbench`: MMBench: questions about one picture with two to four options, in English and Chinese.
- `mmmu`: MMMU: college exams in 30 subjects with one or several pictures.
- `families`: The families of this folder, in the order of the list.
"""
