"""Documents to index: read files, split them into passages, embed, write one snapshot.

The flow is the ordered list in ``ingest/build.py``. Nothing here knows about questions,
language models or the web.
"""
