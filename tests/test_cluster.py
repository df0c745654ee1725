"""Two servers behind nginx, PostgreSQL for state, a Chroma server for vectors: all real."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from assistant.settings import Settings
from evals.reliability.faults import Scene, lost
from evals.reliability.load import UNLIMITED
from evals.reliability.servers import PostgreSQL, Server, free_port, wait_for
from ingest.build import build
from tests.conftest import CORPUS, ROOT

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
QUESTIONS = ("What should we avoid when we buy apples?", "How do we buy bread?", "Why buy apples?")


@contextmanager
def chroma(folder: Path) -> Iterator[str]:
    port = free_port()
    program = Path(sys.executable).with_name("chroma")
    run = [program, "run", "--path", str(folder), "--port", str(port)]
    process = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[int]:
    """The configuration that is shipped, with other addresses."""
    port = free_port()
    text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    for name, server in zip(("one", "two"), ports, strict=True):
        text = text.replace(f"server {name}:8000", f"server 127.0.0.1:{server}")
    text = re.sub(r"listen 80;", f"listen 127.0.0.1:{port};", text).replace("/tmp/", f"{folder}/")
    (folder / "nginx.conf").write_text(text, "utf-8")
    command = [NGINX, "-c", folder / "nginx.conf", "-g", "daemon off;"]
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Scene, Server, list[Server]]]:
    """The scene, what nginx answers, and the two servers behind it."""
    folder = tmp_path_factory.mktemp("cluster")
    folder.chmod(0o755)
    with ExitStack() as stack:
        postgresql = PostgreSQL(folder / "postgresql", durable=True)
        stack.callback(postgresql.stop, "immediate")
        own = {
            "data_dir": str(folder / "shared"),
            "corpus_dir": str(CORPUS),
            "embedding_model": "hashing",
            "chroma_url": stack.enter_context(chroma(folder / "chroma")),
            "database_url": postgresql.database(),
        }
        settings = Settings.load(**own)
        build(settings, [CORPUS])
        more = UNLIMITED | {
            "limit_storage": "database",
            "limit_conversation": "3/minute",
            "trusted_proxies": ["127.0.0.1"],
        }
        servers = [Server(own | more, log=folder / f"{n}.log") for n in range(2)]
        for server in servers:
            stack.callback(server.stop)
        port = stack.enter_context(nginx(folder, [s.port for s in servers]))
        front = Server.__new__(Server)
        front.port, front.address = port, f"http://127.0.0.1:{port}"
        yield Scene(settings, QUESTIONS, folder, 2), front, servers


def test_servers_share_conversations_and_limits(
    cluster: tuple[Scene, Server, list[Server]],
) -> None:
    _, front, servers = cluster
    status, first = front.ask(QUESTIONS[0])
    assert status == 200
    conversation = first["conversation_id"]
    for server in servers:
        _, turns = server.send("GET", f"/api/conversations/{conversation}")
        assert turns[0]["answer"]["id"] == first["id"]
    said = [servers[n % 2].ask("And what else?", conversation_id=conversation)[0] for n in range(4)]
    assert said == [200, 200, 200, 429]
    assert front.send("GET", "/metrics")[0] == 404


def test_killing_one_server_loses_nothing(cluster: tuple[Scene, Server, list[Server]]) -> None:
    scene, front, servers = cluster
    with scene.clients(front, 6, 4) as told:
        time.sleep(2)
        servers[0].kill()
        time.sleep(2)
        servers[0].restart()
    assert told.given_up == 0
    assert set(told.statuses) == {200}
    assert len(told.answered) > 20
    assert lost(front, told) == 0


def test_a_new_snapshot_reaches_both(cluster: tuple[Scene, Server, list[Server]]) -> None:
    scene, _, servers = cluster
    before = servers[0].send("GET", "/readyz")[1]["snapshot"]
    build(scene.settings.model_copy(update={"passage_words": 80}), [CORPUS])
    after = {server.send("GET", "/readyz")[1]["snapshot"] for server in servers}
    assert len(after) == 1
    assert before not in after
