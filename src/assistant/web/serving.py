"""Run the server."""

import resource
import socket
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI

from assistant.service import Live
from assistant.settings import Settings
from assistant.web import logs
from assistant.web.app import create_app
from assistant.web.patience import PatientProtocol
from ingest.errors import InputError

CONNECTIONS = 2000


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted; InputError when the address cannot be used.

    The snapshot is opened before the server listens, so that a missing index is said at once.
    """
    _check_free(host, port)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    live = Live(settings.model_copy(update={"host": host, "port": port}))
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(live.get)
        app = create_app(live)
        opening.result()
    print(f"Open http://{host}:{port} in a browser. Ctrl+C stops the server.", flush=True)
    uvicorn.Server(config(app, settings, host, port)).run()


def config(app: FastAPI, settings: Settings, host: str, port: int) -> uvicorn.Config:
    """How the application is served: patient with nobody, silent about itself."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PatientProtocol,
        log_config=logs.config(settings.log_form),
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the application does it, so that it still knows the peer
        limit_concurrency=CONNECTIONS,
    )


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port"
            ) from error
