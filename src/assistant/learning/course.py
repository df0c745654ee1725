"""The course over a snapshot: what is written, what is generated, what is retired."""

from collections.abc import Mapping
from pathlib import Path

from assistant.learning import content, generating
from assistant.learning.content import Check, Course
from ingest.records import Passage


def of(folder: Path, passages: Mapping[str, tuple[Passage, ...]]) -> Course:
    """All paths, steps and checks; a written check whose passages changed is retired."""
    paths, steps, written = content.read(folder)
    reviewed = content.reviewed(folder)
    course = Course(paths, steps, {}, {}, passages)
    kept: dict[str, Check] = {}
    retired: dict[str, Check] = {}
    for check in written.values():
        known = all(section in passages for section in check.sections)
        current = reviewed.get(check.id) == course.digest(check)
        (kept if known and current else retired)[check.id] = check
    made = {check.id: check for check in generating.generate(steps, passages)}
    return Course(paths, steps, {**kept, **made}, retired, passages)


def review(folder: Path, passages: Mapping[str, tuple[Passage, ...]]) -> int:
    """Write down that every written check was looked at with its passages as they are now."""
    paths, steps, written = content.read(folder)
    course = Course(paths, steps, {}, {}, passages)
    head = (
        "# By check, the digest of its passages when a person last reviewed it. A check whose\n"
        "# passages have changed since is retired; 'assistant learn review' writes this file.\n"
    )
    lines = [f'{c.id} = "{course.digest(c)}"' for c in written.values()]
    (folder / "reviewed.toml").write_text(head + "\n".join(lines) + "\n", "utf-8")
    return len(lines)
