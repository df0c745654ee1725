"""Who may import whom, and which file owns which outside library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOMES = {"ingest": ROOT / "ingest", "assistant": ROOT / "src/assistant", "evals": ROOT / "evals"}
MAY_IMPORT = {
    "ingest": {"ingest"},
    "assistant": {"assistant", "ingest"},
    "evals": {"evals", "assistant", "ingest"},
}
OURS = {*HOMES, "tests", "corpus"}
OWNERS = {
    "chromadb": ["ingest/index.py", "evals/scale.py"],
    "langchain_chroma": ["ingest/index.py", "evals/bench_worker.py"],
    "bm25s": ["ingest/lexical.py"],
    "Stemmer": ["ingest/text.py"],
    "markdown_it": ["ingest/loaders/markdown.py", "src/assistant/web/markup.py"],
    "yaml": ["ingest/front_matter.py", "ingest/fetch.py"],
    "pypdfium2": ["ingest/loaders/pdf"],
    "PIL": ["ingest/loaders/pdf_picture.py"],
    "rapidocr": ["ingest/loaders/ocr.py"],
    "pdfplumber": ["ingest/loaders/pdf.py"],
    "pptx": ["ingest/loaders/pptx.py"],
    "selectolax": ["ingest/loaders/html.py", "ingest/fetch.py"],
    "lxml": ["ingest/loaders/docx.py"],
    "httpx": ["ingest/fetch.py"],
    "aiohttp": ["evals/reliability/clients.py"],
    "httpx2": ["src/assistant/doctor.py"],
    "protego": ["ingest/fetch.py"],
    "rapidfuzz": ["src/assistant/spelling.py"],
    "spellchecker": ["src/assistant/spelling.py"],
    "py3langid": ["src/assistant/language.py"],
    "docx": ["src/assistant/exporting.py", "ingest/loaders/docx.py"],
    "filelock": ["ingest/snapshots.py"],
    "onnxruntime": ["ingest/onnx_model.py", "ingest/export.py"],
    "tokenizers": ["ingest/onnx_model.py"],
    "safetensors": ["ingest/adapter.py"],
    "sentence_transformers": [
        "ingest/embedding.py",
        "src/assistant/model/entailment.py",
        "src/assistant/reranking.py",
        "evals/bench_worker.py",
    ],
    "langchain": ["src/assistant/model/chat.py", "evals/cli/weights.py"],
    "mcp": ["src/assistant/protocol.py", "src/assistant/web/mcp.py"],
    "torch": [
        "ingest/adapter.py",
        "ingest/embedding.py",
        "ingest/export.py",
        "evals/cross_encoder.py",
        "src/assistant/model/entailment.py",
        "src/assistant/reranking.py",
        "evals/bench_worker.py",
    ],
    "transformers": [
        "ingest/adapter.py",
        "ingest/embedding.py",
        "ingest/export.py",
        "evals/cross_encoder.py",
    ],
    "sqlalchemy": [
        "src/assistant/database.py",
        "src/assistant/storage.py",
        "src/assistant/usage.py",
        "src/assistant/learning/store.py",
        "src/assistant/access/",
        "src/assistant/migrations/",
    ],
    "limits": ["src/assistant/access/limiting.py", "src/assistant/web/gate.py"],
    "authlib": ["src/assistant/web/signing_in.py"],
    "itsdangerous": ["src/assistant/access/secret.py"],
    "cryptography": ["src/assistant/recording.py"],
    "cachetools": ["src/assistant/cache.py"],
    "prometheus_client": ["src/assistant/web/observing.py"],
    "opentelemetry": ["src/assistant/tracing.py"],
    "phonenumbers": ["src/assistant/privacy.py"],
    "stdnum": ["src/assistant/privacy.py"],
    "fsrs": ["src/assistant/learning/scheduling.py"],
    "reportlab": ["src/assistant/learning/certificate.py"],
    "alembic": ["src/assistant/database.py", "src/assistant/migrations/"],
    "fastapi": ["src/assistant/web/", "evals/review.py"],
    "starlette": ["src/assistant/web/"],
    "uvicorn": ["src/assistant/web/", "evals/review.py"],
    "jinja2": ["src/assistant/web/", "evals/review.py", "evals/report.py"],
    "matplotlib": ["evals/plots.py"],
    "scipy": ["evals/human.py", "evals/judge.py"],
    "typer": ["src/assistant/cli/", "evals/cli/"],
    "rich": ["src/assistant/progress.py"],
}
MODULES = [(name, path) for name, home in HOMES.items() for path in sorted(home.rglob("*.py"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module
            yield node.module


@pytest.mark.parametrize(("package", "path"), MODULES, ids=lambda value: str(value)[-40:])
def test_imports_point_upstream_and_libraries_have_one_owner(package: str, path: Path) -> None:
    seen = {name.partition(".")[0] for name in imports(path)}
    assert seen & OURS <= MAY_IMPORT[package]
    where = path.relative_to(ROOT).as_posix()
    for library, owners in OWNERS.items():
        assert library not in seen or any(where.startswith(owner) for owner in owners), library


def test_no_import_cycles() -> None:
    names = {path: _module(path) for _, path in MODULES}
    known = set(names.values())
    graph = {names[path]: {i for i in imports(path) if i in known} for _, path in MODULES}
    visiting: list[str] = []
    done: set[str] = set()

    def visit(module: str) -> None:
        assert module not in visiting, f"cycle: {' -> '.join([*visiting, module])}"
        if module in done:
            return
        visiting.append(module)
        for other in sorted(graph[module] - {module}):
            visit(other)
        done.add(visiting.pop())

    for module in sorted(graph):
        visit(module)


def test_web_never_imports_a_step() -> None:
    steps = {
        f"assistant.{n}"
        for n in ("retrieval", "composing", "answerability", "fusion", "intents", "understanding")
    }
    for path in (ROOT / "src/assistant/web").rglob("*.py"):
        assert not set(imports(path)) & steps, path


def _module(path: Path) -> str:
    root = ROOT / "src" if "src" in path.relative_to(ROOT).parts else ROOT
    dotted = ".".join(path.relative_to(root).with_suffix("").parts)
    return dotted.removesuffix(".__init__")
