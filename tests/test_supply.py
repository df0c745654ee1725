"""What is installed: locked by hash, of known licences, listed in a bill of materials."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

REQUIREMENTS = ROOT / "deploy/requirements.txt"
COPYLEFT = re.compile(r"\b(?:AGPL|Affero|SSPL|(?<!L)GPL)", re.IGNORECASE)


def pinned(path: Path) -> dict[str, str]:
    lines = path.read_text("utf-8").splitlines()
    found = (line.partition("==") for line in lines if "==" in line and not line.startswith("#"))
    return {re.sub(r"[-_.]+", "-", n).lower(): v.split()[0] for n, _, v in found}


def test_what_runs_in_production_is_locked_by_hash() -> None:
    lock = runpy.run_path(str(ROOT / "deploy/lock.py"))
    files = pinned(REQUIREMENTS)
    everything = pinned(ROOT / "requirements.lock")
    assert set(files) == lock["needed"]() & set(everything), "run: python deploy/lock.py"
    assert {name: everything[name] for name in files} == files
    text = REQUIREMENTS.read_text("utf-8")
    for block in re.split(r"\n(?=\S+==)", text)[1:]:
        assert "--hash=sha256:" in block


def test_torch_stays_pinned() -> None:
    assert pinned(ROOT / "requirements.lock")["torch"] == "2.13.0"
    assert "torch" not in pinned(REQUIREMENTS)


def test_every_licence_is_known_and_allowed() -> None:
    notices = runpy.run_path(str(ROOT / "deploy/notices.py"))
    rows = notices["packages"]()
    assert len(rows) > 100
    for row in rows:
        licence = row["License"]
        assert licence.upper() != "UNKNOWN", row
        assert not COPYLEFT.search(licence), row
    written = (ROOT / "THIRD-PARTY.md").read_text("utf-8")
    assert written == notices["table"](rows), "run: python deploy/notices.py"


def test_a_bill_of_materials_can_be_written(tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("cyclonedx-py")
    out = tmp_path / "sbom.json"
    command = [tool, "requirements", REQUIREMENTS, "--of", "JSON", "-o", out]
    subprocess.run(command, check=True, capture_output=True)
    listed = json.loads(out.read_text("utf-8"))
    assert {c["name"].lower() for c in listed["components"]} >= {"fastapi", "chromadb"}
    assert len(listed["components"]) == len(pinned(REQUIREMENTS))
