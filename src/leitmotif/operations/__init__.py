"""Verbs on a fitted model, one subject a file."""
