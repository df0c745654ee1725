"""Every fault of ``python -m evals faults``, played on the tiny corpus for a short time."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.settings import Settings
from evals.reliability import faults
from evals.reliability.load import Figure

QUESTIONS = (
    "What should we avoid when we buy apples?",
    "How do we buy bread?",
    "What was done in Springfield?",
    "Why buy apples?",
)


@pytest.mark.parametrize("fault", faults.FAULTS, ids=lambda fault: fault.__name__)
def test_nothing_is_lost_and_the_service_comes_back(
    fault: Callable[[faults.Scene], Figure], tiny: Settings, tmp_path: Path
) -> None:
    if fault is faults.disk_full and os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    data_dir = tmp_path / "var"
    shutil.copytree(tiny.data_dir, data_dir, ignore=shutil.ignore_patterns("*.db*"))
    own = tiny.model_copy(update={"data_dir": data_dir})
    found = fault(faults.Scene(own, QUESTIONS, tmp_path, 1.5))
    assert found.holds, found
