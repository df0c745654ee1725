"""Questions to cited answers, and the ways to ask them. The steps are in ``pipeline.py``."""

__version__ = "0.1.0"
