"""HTTP: the API, the chat page and the source viewer."""
