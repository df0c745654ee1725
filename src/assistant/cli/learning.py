"""Commands to learn: paths and checks in the terminal, and the review of what is asked."""

import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.output import AsJson, say, settings, show, snapshots
from ingest.errors import InputError

if TYPE_CHECKING:
    from assistant.learning.content import Check
    from assistant.learning.service import Learning

commands = typer.Typer()
learn_commands = typer.Typer(
    help="Learn from the documents in the terminal.", invoke_without_command=True
)
commands.add_typer(learn_commands, name="learn")
Code = Annotated[str, typer.Option("--code", help="Your resume code.")]


@learn_commands.callback()
def learn_default(context: typer.Context) -> None:
    """Learn from the documents in the terminal."""
    if context.invoked_subcommand is None:
        learn_paths()


@learn_commands.command("paths")
def learn_paths(code: Code = "", as_json: AsJson = False) -> None:
    """List the paths, with your progress where you give your code."""
    from assistant.progress import table

    learning = _learning()
    who = learning.resume(code) if code else None
    rows = []
    for path in learning.course.paths.values():
        steps = learning.progress(who, path)
        rows.append((path.id, path.title, str(sum(s.done for s in steps)), str(len(steps))))
    if as_json:
        names = ("id", "title", "done", "steps")
        show([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table(("id", "title", "done", "steps"), rows)


@learn_commands.command("start")
def learn_start() -> None:
    """Get a resume code, under which your progress is kept."""
    print(_learning().start())


@learn_commands.command("next")
def learn_next(path_id: str, code: Code) -> None:
    """Read the next step of a path and answer its checks."""
    learning = _learning()
    who = learning.resume(code)
    step = learning.next_step(who, learning.course.path(path_id))
    if step is None:
        print("all steps of this path are done")
        return
    print(f"{step.title}\n{step.aim}\n")
    for section in step.reading:
        print(learning.course.words(section) + "\n")
    for asked in step.ask:
        print(f"Ask the assistant: {asked.question} (look for: {asked.look_for})")
    learning.read(who, step.id)
    for check in learning.course.by_step[step.id]:
        _asked(learning, who, check)
    print(f"For your own project: {step.reflect}")


@learn_commands.command("review")
def learn_review(
    code: Code = "",
    accept: Annotated[
        bool, typer.Option("--accept", help="For maintainers: all written checks were looked at.")
    ] = False,
) -> None:
    """Go over what is due today; with --accept, take changed checks back into use."""
    from assistant.learning import content, course

    if accept:
        own = settings()
        store = snapshots(own)
        from ingest import embedding

        opened = store.open(embedding.fingerprint(own.embedding_model))
        count = course.review(own.corpus_dir / "learning", content.by_section(opened.passages))
        say(f"{count} checks are marked as reviewed with their passages as they are now")
        return
    if not code:
        raise InputError("give your resume code with --code; 'assistant learn start' makes one")
    learning = _learning()
    who = learning.resume(code)
    due = learning.due(who)
    for check in due:
        _asked(learning, who, check)
    print(f"{len(due)} checks were due")


def _asked(learning: "Learning", who: str, check: "Check") -> None:
    """Ask one check; what is typed is numbers, words, or ? for "not sure"."""
    print(f"\n{check.ask}")
    shown = [o.text for o in check.options] or list(check.items or check.lines)
    first = 1 if check.kind == "fault" else 0
    for n, text in enumerate(shown, start=first):
        print(f"  {n}  {text}")
    rights = sorted(right for _, right in check.pairs)
    for n, right in enumerate(rights):
        print(f"  {n}  {right}")
    hints = {
        "sort": "do or dont for each, parted by spaces",
        "order": "the place of each from 1, parted by spaces",
        "free": "a sentence or two",
        "match": "for " + ", ".join(left for left, _ in check.pairs) + ": a number each",
        "choices": "all numbers that are right, parted by spaces",
    }
    typed = input(f"[{hints.get(check.kind, 'a number')}, or ?] ").strip()
    given = [typed] if check.kind in ("free", "figure") else typed.split()
    if check.kind == "order":
        given = [str(int(v) - 1) if v.isdigit() else v for v in given]
    if check.kind == "match":
        given = [rights[int(v)] if v.isdigit() and int(v) < len(rights) else v for v in given]
    marked = learning.answer(who, check.id, given or ["?"], secrets.token_hex(8))
    print(marked.outcome)
    for part in marked.feedback:
        print(f"  {'✓' if part.good else '→'} {part.text}")
        if part.quote and not part.good:
            print(f"    {part.quote}")


def _learning() -> "Learning":
    from assistant.database import Database
    from assistant.service import open_learning
    from ingest import embedding

    own = settings()
    opened = snapshots(own).open(embedding.fingerprint(own.embedding_model))
    return open_learning(own, opened, Database(own.database))
