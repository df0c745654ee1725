"""The documentation says what the program does."""

import re

import pytest

from assistant import __version__
from assistant.cli.root import app
from assistant.outcomes import outcomes
from assistant.settings import Settings
from tests import regenerate
from tests.conftest import ROOT


@pytest.mark.model
def test_the_readme_shows_a_real_transcript_and_all_settings(real: Settings) -> None:
    text = regenerate.README.read_text("utf-8")
    assert regenerate.filled(text, regenerate.parts(real)) == text, "run 'make docs'"


def test_the_version_is_in_the_changelog() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_command_is_in_the_contracts() -> None:
    text = (ROOT / "docs/contracts.md").read_text("utf-8")
    names = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    for name in (names | {g.name for g in app.registered_groups if g.name}) - {"version"}:
        assert name in text, name


def test_links_between_the_documents_resolve() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "corpus/README.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_outcomes_of_the_readme_exist() -> None:
    row = next(
        r for r in (ROOT / "README.md").read_text("utf-8").splitlines() if "| outcome |" in r
    )
    named = row.split(":")[1].removesuffix("… |").replace(" ", "").split(",")
    assert set(named) <= set(outcomes())
