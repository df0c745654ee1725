"""One small loader for each format: a file in, headings and paragraphs in reading order out."""
