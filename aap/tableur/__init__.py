"""Spreadsheets of the budget: a model to fill in, a file to read (in a process of its own)."""
