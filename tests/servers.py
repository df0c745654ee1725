"""The assistant in a thread of the test, listening as it does when it is served."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from assistant.service import Live
from assistant.settings import Settings
from assistant.web.app import create_app
from assistant.web.serving import config
from evals.reliability.servers import free_port, wait_for


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of the assistant, listening in a thread as it does when it is served."""
    port = free_port()
    server = uvicorn.Server(config(create_app(Live(settings)), settings, "127.0.0.1", port))
    server.config.log_config = None
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
