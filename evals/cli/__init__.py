"""``python -m evals``, a module for each group of commands."""
