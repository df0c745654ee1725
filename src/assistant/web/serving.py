"""Run the server."""

import asyncio
import os
import resource
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from assistant import language, spelling
from assistant.service import Live
from assistant.settings import Settings
from assistant.web import logs
from assistant.web.app import create_app
from assistant.web.patience import PatientProtocol
from assistant.web.sharing import SharingLoop
from ingest.errors import InputError, SnapshotError
from ingest.settings import PREFIX
from ingest.snapshots import SnapshotStore

CONNECTIONS = 2000


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted; InputError when the address cannot be used.

    The snapshot is opened before the server listens, so that a missing index is said at once.
    """
    _check_free(host, port)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    own = settings.model_copy(update={"host": host, "port": port})
    if own.workers > 1:
        _check_index(own)
        print(f"Open http://{host}:{port} in a browser. Ctrl+C stops the server.", flush=True)
        _serve_with_workers(own, host, port)
        return
    live = Live(own)
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(live.get)
        app = create_app(live)
        opening.result()
    print(f"Open http://{host}:{port} in a browser. Ctrl+C stops the server.", flush=True)
    _load_the_rest()
    uvicorn.Server(config(app, own, host, port)).run()


def from_environment() -> FastAPI:
    """The application of one worker, which reads the settings anew."""
    live = Live(Settings.load())
    live.get()
    app = create_app(live)
    loop = asyncio.get_running_loop()
    if isinstance(loop, SharingLoop):
        loop.full, loop.room = app.state.doors.room.full, app.state.doors.room.free
    _load_the_rest()
    return app


def _load_the_rest() -> None:
    """What few questions need, beside the first ones, so that nobody waits for it."""

    def load() -> None:
        spelling.dictionary()
        language.identifier()

    Thread(target=load, daemon=True).start()


def _serve_with_workers(settings: Settings, host: str, port: int) -> None:
    """A process for each worker; one that dies is replaced. Their metrics are added up."""
    counters = settings.data_dir / "metrics"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counters)
    os.environ[f"{PREFIX}HOST"], os.environ[f"{PREFIX}PORT"] = host, str(port)
    factory = f"{__name__}:{from_environment.__name__}"
    served = config(factory, settings, host, port)
    supervisor = Multiprocess(served, [served.bind_socket()])
    supervisor.run()


def config(app: FastAPI | str, settings: Settings, host: str, port: int) -> uvicorn.Config:
    """How the application is served: patient with nobody, silent about itself."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        host=host,
        port=port,
        http=PatientProtocol,
        loop="auto"
        if settings.workers == 1
        else f"{SharingLoop.__module__}:{SharingLoop.__name__}",
        log_config=logs.config(settings.log_form),
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the application does it, so that it still knows the peer
        limit_concurrency=CONNECTIONS,
    )


def _check_index(settings: Settings) -> None:
    """SnapshotError without an index; the workers load it, not this process."""
    store = SnapshotStore(settings.data_dir, settings.chroma_url)
    if store.current is None:
        raise SnapshotError("there is no index yet; run 'assistant ingest' first")
    store.manifest(store.current)


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
