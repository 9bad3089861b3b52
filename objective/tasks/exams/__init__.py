"""Exams and knowledge: families of multiple-choice and short answers in subjects.

Files and folders, each after those that it builds on:

- `families`: The families of this folder, in the order of the list.
"""
