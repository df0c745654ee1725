"""``python -m evals``."""

from evals.cli.root import main

main()
