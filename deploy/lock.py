"""Writes deploy/requirements.txt: what runs in production, each file by its hash.

Run after every change of dependencies, in the environment that was installed from
requirements.lock:  pip install uv && python deploy/lock.py

torch is left out: its CPU build comes from another index than its CUDA build, with other hashes.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

TOP = Path(__file__).parents[1]
PROJECT, EXTRAS = "procurement-assistant", ("postgresql", "redis", "otel")
ELSEWHERE = {"torch", PROJECT}


def needed() -> set[str]:
    """Names of the project's own dependencies and theirs, and of what builds its wheel."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    builders = {_name(Requirement(r).name) for r in project["build-system"]["requires"]}
    found: set[str] = set(builders)
    waiting = [(PROJECT, frozenset(EXTRAS)), *((name, frozenset[str]()) for name in builders)]
    while waiting:
        name, extras = waiting.pop()
        for requirement in _requirements(name, extras):
            known = _name(requirement.name)
            if known not in found:
                found.add(known)
                waiting.append((known, frozenset(requirement.extras)))
    return found - ELSEWHERE


def _requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    try:
        lines = distribution(name).requires or ()
    except PackageNotFoundError:
        return
    for line in lines:
        requirement = Requirement(line)
        wanted = ("", *extras)
        if requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in wanted
        ):
            yield requirement


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def main() -> None:
    """Write the file."""
    wanted = needed()
    lock = (TOP / "requirements.lock").read_text("utf-8").splitlines()
    pinned = [line for line in lock if _name(line.partition("==")[0]) in wanted]
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--generate-hashes"]
    command += ["--no-deps", "--no-header", "--no-annotate", "--python-version", "3.11"]
    done = subprocess.run(
        [*command, *sys.argv[1:]], input="\n".join(pinned), capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    head = "# Written by deploy/lock.py. Everything but torch, each file by its hash.\n"
    (TOP / "deploy/requirements.txt").write_text(head + done.stdout, "utf-8")
    print(f"{len(pinned)} packages")


if __name__ == "__main__":
    main()
