"""Seals: where they are in a file, what they say, and what a file is that has one.

docs/seal-format.md has the format for readers.
"""
