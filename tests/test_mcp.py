"""The official MCP client against the assistant: in process, over HTTP, and on stdin and stdout."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

from assistant.protocol import server
from assistant.service import Live
from assistant.settings import Settings
from assistant.web.app import create_app
from tests.loops import run

QUESTION = "What should we avoid when we buy apples?"
PASSAGE = "guidelines/1-apples~dont~1"


@pytest.fixture
def base(tiny: Settings) -> Iterator[str]:
    """The application on a real port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(create_app(Live(tiny)), log_level="warning"))
    thread = threading.Thread(target=lambda: running.run(sockets=[listening]))
    thread.start()
    while not running.started:
        threading.Event().wait(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.should_exit = True
    thread.join()
    listening.close()


async def used(target: Any) -> dict[str, Any]:
    """What a client sees that tries everything once."""
    async with Client(target) as client:
        found = {
            "tools": [t.name for t in (await client.list_tools()).tools],
            "ask": await client.call_tool("ask", {"question": QUESTION}),
            "search": await client.call_tool("search", {"query": "apples", "limit": 2}),
            "passage": await client.call_tool("get_passage", {"passage_id": PASSAGE}),
            "documents": await client.call_tool("list_documents", {}),
            "empty": await client.call_tool("ask", {"question": "  "}),
            "unknown": await client.call_tool("get_passage", {"passage_id": "x"}),
            "resource": (await client.read_resource(f"passage://{PASSAGE}")).contents[0].text,
        }
        with pytest.raises(MCPError):
            await client.read_resource("passage://nowhere")
        return found


def check(found: dict[str, Any]) -> None:
    assert found["tools"] == ["ask", "search", "get_passage", "list_documents"]
    answer = found["ask"].structured_content
    assert answer["outcome"] == "answered"
    assert answer["citations"][0]["document_id"] == "guidelines/1-apples"
    assert "Don't buy bruised apples. [1]" in found["ask"].content[0].text
    assert len(found["search"].structured_content["passages"]) == 2
    assert found["passage"].structured_content["passage_id"] == PASSAGE
    assert len(found["documents"].structured_content["documents"]) == 3
    assert found["empty"].is_error
    assert "the question is empty" in found["empty"].content[0].text
    assert found["unknown"].is_error
    assert found["resource"] == found["passage"].content[0].text


def test_in_process(tiny: Settings) -> None:
    check(run(used(server(Live(tiny).get))))


def test_over_http_beside_the_pages(base: str) -> None:
    check(run(used(f"{base}/mcp")))


def test_another_host_name_is_refused(base: str) -> None:
    import httpx

    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert httpx.post(f"{base}/mcp", json=body, headers={"Host": "evil.example"}).status_code == 421
    assert (
        httpx.post(f"{base}/mcp", json=body, headers={"Origin": "http://evil.example"}).status_code
        == 403
    )


def test_on_stdin_and_stdout(tiny: Settings) -> None:
    environment = {n: v for n, v in os.environ.items() if not n.startswith("ASSISTANT_")}
    environment |= {
        "ASSISTANT_DATA_DIR": str(tiny.data_dir),
        "ASSISTANT_CORPUS_DIR": str(tiny.corpus_dir),
        "ASSISTANT_EMBEDDING_MODEL": "hashing",
    }
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "assistant", "mcp"], env=environment
    )
    check(run(used(command)))
