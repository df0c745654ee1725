"""A hundred kills in the middle of an ingest never leave a snapshot that cannot be used."""

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

KILLS = 100


def test_a_kill_at_any_moment_leaves_a_whole_snapshot(corpus: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash", str(tmp_path / "var"), str(corpus), str(KILLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["unusable"] == 0, done.stderr
    assert counts["killed"] > KILLS / 2
    assert counts["previous"] + counts["new"] == KILLS
    assert counts["left"] <= 3  # the next ingest cleared what the kills left behind
