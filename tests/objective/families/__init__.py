"""Tests of the families of published tasks, on small own files in the layouts that their authors document."""
