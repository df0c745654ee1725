"""Writes the generated parts of the documentation (``make docs``); a test compares them."""

import re
import sys
from pathlib import Path

from assistant.cli import readable
from assistant.records import Turn
from assistant.service import Assistant
from assistant.settings import Settings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FIRST = "What should we avoid when we define outcomes?"
TURNS = ((FIRST, ()), ("And what should we do?", (FIRST,)), ("Who is the mayor of Lisbon?", ()))


def transcript(assistant: Assistant) -> str:
    """A real conversation as the command line prints it."""
    blocks = []
    for question, before in TURNS:
        history = [Turn(role="user", content=t) for t in before]
        said = readable(assistant.ask(question, history=history))
        blocks.append(f"> {question}\n\n{said}")
    return "```\n" + "\n\n\n".join(blocks) + "\n```"


def settings_table() -> str:
    """Every setting with its default and what it is for."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `ASSISTANT_{name.upper()}` | `{field.default}` | {field.description} |")
    return "\n".join(rows)


def parts(settings: Settings) -> dict[str, str]:
    """The generated parts of the README by name."""
    assistant = Assistant.open(settings)
    try:
        return {"transcript": transcript(assistant), "settings": settings_table()}
    finally:
        assistant.close()


def filled(text: str, found: dict[str, str]) -> str:
    """The text with each marked part replaced."""
    for name, part in found.items():
        pattern = rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)"
        text = re.sub(pattern, lambda m, p=part: f"{m[1]}\n{p}\n\n{m[2]}", text, flags=re.DOTALL)
    return text


def main() -> None:
    """Rewrite the README from the current snapshot."""
    README.write_text(filled(README.read_text("utf-8"), parts(Settings.load())), "utf-8")
    print("README.md is up to date", file=sys.stderr)


if __name__ == "__main__":
    main()
