"""Real servers on loopback: PostgreSQL, Redis, and this assistant as a process of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

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


class Server:
    """The assistant, served by ``assistant serve`` with settings of its own."""

    def __init__(
        self,
        settings: Mapping[str, object],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = log
        variables = {f"ASSISTANT_{name.upper()}": _text(v) for name, v in settings.items()}
        self._environment = os.environ | variables | dict(environment or {})
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "assistant", "serve", "--port", str(self.port)]
        with self._log.open("ab") as log:
            started = subprocess.Popen(
                command, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self.port, 60)
        return started

    def restart(self) -> None:
        """Start it again after it was killed."""
        self.process = self._start()

    def kill(self) -> None:
        """SIGKILL to it and all its workers, as when a machine loses power."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as an operator does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def workers(self) -> list[int]:
        """The processes that answer, where there are several."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [pid for pid in map(int, listed.split()) if "spawn_main" in _command(pid)]

    def memory(self) -> int:
        """Resident bytes of it and its workers."""
        pids = [self.process.pid, *self.workers()]
        return sum(_resident(pid) for pid in pids)

    def ask(self, question: str, **more: object) -> tuple[int, dict[str, Any]]:
        """Status and body of one question."""
        return self.send("POST", "/api/chat", {"message": question} | more)

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON body of one request; status 0 when no connection is made."""
        request = urllib.request.Request(
            self.address + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, _parsed(response.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _parsed(error.read())
        except OSError:
            return 0, {}


def _parsed(body: bytes) -> Any:
    """JSON, or nothing where a proxy answers with a page of its own."""
    try:
        return json.loads(body)
    except ValueError:
        return {}


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, (list, tuple)) else str(value)


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
