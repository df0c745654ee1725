"""The official openai client against our chat endpoint, as a front-end of a city would use it."""

import socket
import threading
from collections.abc import Iterator

import openai
import pytest
import uvicorn

from assistant.service import Live
from assistant.settings import Settings
from assistant.web.app import create_app

ASKED = [{"role": "user", "content": "What should we avoid when we buy apples?"}]


@pytest.fixture(scope="module")
def client(tiny: Settings) -> Iterator[openai.OpenAI]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(create_app(Live(tiny)), log_level="warning"))
    thread = threading.Thread(target=lambda: running.run(sockets=[listening]))
    thread.start()
    while not running.started:
        threading.Event().wait(0.01)
    base = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    with openai.OpenAI(base_url=base, api_key="none", max_retries=0) as client:
        yield client
    running.should_exit = True
    thread.join()
    listening.close()


def test_the_model_is_listed(client: openai.OpenAI) -> None:
    assert [m.id for m in client.models.list()] == ["assistant"]


def test_citations_are_typed_annotations_and_footnotes(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="assistant", messages=ASKED)  # type: ignore[arg-type]
    message = done.choices[0].message
    assert message.content is not None
    assert "- Don't buy bruised apples. [^1]" in message.content
    note = message.annotations[0].url_citation  # type: ignore[index]
    assert message.content[note.start_index : note.end_index] == "[^1]"
    assert note.url.startswith("http://127.0.0.1")
    assert "/sources/guidelines/1-apples?passage=" in note.url
    assert done.choices[0].finish_reason == "stop"


def test_the_stream_adds_up_to_the_same_text(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="assistant", messages=ASKED)  # type: ignore[arg-type]
    stream = client.chat.completions.create(
        model="assistant",
        messages=ASKED,  # type: ignore[arg-type]
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage is not None
    notes = [
        n
        for c in chunks
        if c.choices
        for n in getattr(c.choices[0].delta, "annotations", None) or ()
    ]
    assert notes[0]["type"] == "url_citation"


def test_what_is_wrong_is_said(client: openai.OpenAI) -> None:
    wrong = [{"role": "assistant", "content": "Hello"}]
    with pytest.raises(openai.UnprocessableEntityError, match="last message must be the user's"):
        client.chat.completions.create(model="assistant", messages=wrong)  # type: ignore[arg-type]
    with pytest.raises(openai.UnprocessableEntityError, match="the question is empty"):
        client.chat.completions.create(
            model="assistant",
            messages=[{"role": "user", "content": " "}],
            stream=True,
        )
