"""The Model Context Protocol: the assistant as tools and passages for other programs' models."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from assistant import __version__, views
from assistant.exporting import reference
from assistant.records import MAX_QUESTION, Answer
from assistant.service import Assistant
from ingest.errors import AssistantError
from ingest.snapshots import Snapshot

INSTRUCTIONS = (
    "Answers public-procurement questions from a city's documents. Every sentence of an answer "
    "names the passage behind it; quote these, and say so when a question is not covered."
)
READ_ONLY = ToolAnnotations(read_only_hint=True)
Result = TypeVar("Result")
Question = Annotated[str, Field(description="A question in English.", max_length=MAX_QUESTION)]


def server(
    current: Callable[[], Assistant], answered: Callable[[Answer], None] = lambda answer: None
) -> MCPServer:
    """A server over the assistant that ``current`` gives at each call.

    ``answered`` is told of every answer.
    """
    made = MCPServer(
        "procurement-assistant",
        version=__version__,
        instructions=INSTRUCTIONS,
        log_level="WARNING",
    )

    @made.tool(title="Ask", annotations=READ_ONLY)
    def ask(question: Question) -> CallToolResult:
        """Answer a question with cited sentences, or say that it is not covered."""
        answer = _done(lambda: current().ask(question))
        answered(answer)
        return _both(as_text(answer), answer.model_dump(mode="json"))

    @made.tool(title="Search passages", annotations=READ_ONLY)
    def search(query: Question, limit: Annotated[int, Field(ge=1, le=50)] = 5) -> CallToolResult:
        """Find the passages that rank best for a query."""
        found = views.search(query, _done(lambda: current().search(query, limit)))
        lines = [f"{p.passage_id}: {p.text}" for p in found.passages]
        return _both("\n\n".join(lines), found.model_dump(mode="json"))

    @made.tool(title="Get a passage", annotations=READ_ONLY)
    def get_passage(passage_id: str) -> CallToolResult:
        """One passage by its id, with its document, section, page and address."""
        found = _snapshot(current).passage(passage_id)
        if found is None:
            raise ToolError(f"there is no passage {passage_id!r}")
        return _both(found.text, views.passage(found).model_dump(mode="json"))

    @made.tool(title="List documents", annotations=READ_ONLY)
    def list_documents() -> CallToolResult:
        """All documents by kind and stage."""
        rows = views.documents(_snapshot(current))
        lines = [f"{d.document_id}: {d.title} ({d.kind}, {d.stage})" for d in rows]
        listed = [d.model_dump(mode="json") for d in rows]
        return _both("\n".join(lines), {"documents": listed})

    @made.resource("passage://{+passage_id}", title="Passage", mime_type="text/plain")
    def passage(passage_id: str) -> str:
        """The exact words of a passage."""
        found = _snapshot(current).passage(passage_id)
        if found is None:
            raise ResourceNotFoundError(f"there is no passage {passage_id!r}")
        return found.text

    return made


def as_text(answer: Answer) -> str:
    """An answer as a model or a person reads it: text, notices, references."""
    return "\n\n".join([answer.answer, *answer.notices, *map(reference, answer.citations)])


def _snapshot(current: Callable[[], Assistant]) -> Snapshot:
    return _done(lambda: current().snapshot)


def _done(work: Callable[[], Result]) -> Result:
    """The result; an error of ours is told to the caller, who can act on it."""
    try:
        return work()
    except AssistantError as error:
        raise ToolError(str(error)) from error


def _both(text: str, structured: dict[str, Any]) -> CallToolResult:
    """Words for a reader, and the same as data."""
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=structured
    )


def allowed_hosts(host: str, extra: Sequence[str]) -> list[str]:
    """Host headers that a server on this address may be asked under."""
    names = [*{host, "127.0.0.1", "localhost", "[::1]"}, *extra]
    return [*names, *(f"{name}:*" for name in names)]
