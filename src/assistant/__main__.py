"""``python -m assistant``."""

from assistant.cli.root import main

main()
