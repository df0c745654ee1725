"""Real servers for tests and fault scripts: the assistant itself, PostgreSQL, Redis, free ports."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from assistant.service import Live
from assistant.settings import Settings
from assistant.web.app import create_app
from assistant.web.serving import config

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PostgreSQL:
    """A new cluster in a folder, listening on loopback. Started as its own user where we are root,
    as the server demands; durability is off, for speed, unless ``durable``."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        found = shutil.which("initdb")
        if not (BINARIES or found):
            raise FileNotFoundError("no PostgreSQL found: apt install postgresql")
        self._bin = BINARIES[-1] if BINARIES else Path(str(found)).parent
        self._data = folder / "data"
        self._made = 0
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            for parent in folder.parents:
                if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "postgres", "--no-sync")
        fast = "" if durable else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {folder}{fast}"
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self._data / "log.txt"
        self._run("pg_ctl", "-D", self._data, "-o", self._options, "-l", log, "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` is a crash."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def database(self) -> str:
        """The address of a new, empty database."""
        self._made += 1
        name = f"test_{self._made}"
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", name)
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr or done.stdout}")


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The address of a new, empty Redis server."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int, seconds: float = 20) -> None:
    """Wait until something listens on a port; TimeoutError when nothing does."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


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
