"""A small local page on which a person turns candidates into cases with the keyboard."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field

from evals.candidates import Candidate, kappa
from evals.cases import Case
from ingest.text import slug


class Label(BaseModel):
    """What a reviewer says of one candidate."""

    model_config = ConfigDict(extra="forbid")

    id: str
    question: str = Field(min_length=1, max_length=2000)
    reviewer: str = Field(pattern=r"^[\w-]{1,40}$")
    answerable: bool
    sources: list[str] = []
    key_points: list[str] = []
    skip: bool = False


class Reviews:
    """Labels of all reviewers in one JSON-lines file, the last word of each reviewer counting."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, label: Label) -> None:
        """Write a label at once, so that nothing is lost."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(label.model_dump_json() + "\n")

    def all(self) -> dict[tuple[str, str], Label]:
        """Labels by candidate and reviewer."""
        if not self._path.is_file():
            return {}
        lines = self._path.read_text("utf-8").splitlines()
        found = (Label.model_validate_json(line) for line in lines if line)
        return {(label.id, label.reviewer): label for label in found}

    def agreement(self) -> tuple[float, int] | None:
        """Cohen's kappa on answerability of the two busiest reviewers, and on how many; or None."""
        labels = self.all()
        names = sorted({r for _, r in labels}, key=lambda r: -sum(x == r for _, x in labels))[:2]
        if len(names) < 2:
            return None
        both = [i for i, r in labels if r == names[0] and (i, names[1]) in labels]
        if not both:
            return None
        said = [[str(labels[i, name].answerable) for i in both] for name in names]
        return kappa(*said), len(both)

    def cases(self) -> tuple[Case, ...]:
        """Cases of the labels that are not skipped."""
        found = {label.id: label for label in self.all().values() if not label.skip}
        return tuple(
            Case(
                id=f"use-{slug(label.id[:12])}",
                question=label.question,
                answerable=label.answerable,
                sources=tuple(label.sources) if label.answerable else (),
                key_points=tuple((k,) for k in label.key_points) if label.answerable else (),
                tags=("from-use",),
            )
            for label in found.values()
            if label.answerable == bool(label.sources)
        )


def create_app(found: Sequence[Candidate], documents: Sequence[str], reviews: Reviews) -> FastAPI:
    """The page and its one action."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    template = Environment(
        loader=PackageLoader("evals"), autoescape=True, undefined=StrictUndefined
    ).get_template("review.html")

    @app.get("/")
    def page() -> HTMLResponse:
        rows: list[dict[str, Any]] = [vars_of(c) for c in found]
        return HTMLResponse(template.render(candidates=rows, documents=documents))

    @app.post("/labels")
    def label(body: Label) -> Response:
        reviews.add(body)
        agreed = reviews.agreement()
        return JSONResponse({"saved": True, "kappa": agreed[0] if agreed else None})

    return app


def vars_of(candidate: Candidate) -> dict[str, Any]:
    """A candidate as JSON for the page."""
    return {
        "id": candidate.id,
        "question": candidate.question,
        "outcome": candidate.outcome,
        "documents": list(candidate.documents),
        "comment": candidate.comment,
    }


def serve(found: Sequence[Candidate], documents: Sequence[str], path: Path, port: int) -> None:
    """Serve on this machine alone until interrupted."""
    app = create_app(found, documents, Reviews(path))
    print(f"Open http://127.0.0.1:{port} to review {len(found)} candidates. Ctrl+C ends.")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def save_cases(reviews: Reviews, path: Path) -> int:
    """Write the reviewed cases as a cases file; how many there are."""
    cases = reviews.cases()
    lines = (json.dumps(c.model_dump(exclude_defaults=True), ensure_ascii=False) for c in cases)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return len(cases)
