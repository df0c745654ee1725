"""A folder with a file of every format, from ingest to the page of each citation."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.service import Live, open_pipeline
from assistant.settings import Settings
from assistant.web.app import create_app
from ingest.build import build
from ingest.documents import load
from ingest.index import PASSAGES
from ingest.records import BuildReport
from ingest.snapshots import SnapshotStore
from tests import papers


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    papers.two_columns(folder / "panels.pdf")
    papers.tables(folder / "prices.pdf")
    papers.outline(folder / "manual.pdf")
    papers.plain(folder / "plain.pdf")
    papers.scan(folder / "scan.pdf")
    papers.word(folder / "rules.docx")
    papers.slides(folder / "deck.pptx")
    (folder / "page.html").write_text(papers.WEB, "utf-8")
    (folder / "note.md").write_text("# Note\n\nPay within 30 days.\n", "utf-8")
    (folder / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    return folder


@pytest.fixture
def report(settings: Settings, own: Path) -> BuildReport:
    return build(settings, [settings.corpus_dir, own])


def test_every_file_is_indexed_or_skipped_with_a_reason(report: BuildReport) -> None:
    entries = {e.document_id: e for e in report.changes}
    for name in ("panels", "prices", "manual", "plain", "rules", "deck", "page", "note"):
        assert entries[f"own/{name}"].change == "added"
        assert entries[f"own/{name}"].passages > 0
    skipped = {Path(s.path).name: s.reason for s in report.skipped}
    assert "is a scan" in skipped["scan.pdf"]
    assert ".doc is not read" in skipped["old.doc"]
    assert set(skipped) == {"scan.pdf", "old.doc"}


@pytest.mark.parametrize(
    ("words", "page", "label"),
    [
        ("The panel 11 met in room 11", 2, "2"),
        ("Item: Lamp 58; Unit price", 2, ""),
        ("Chapter 3 sets a limit of 300 euros", 5, "3"),
        ("Front matter on page ii", 2, "ii"),
        ("Office 2 sends its plan", 2, ""),
        ("Tell every bidder the reasons", 2, "2"),
    ],
)
def test_a_passage_names_its_page_and_its_label(
    settings: Settings, report: BuildReport, words: str, page: int, label: str
) -> None:
    found = [p for p in open_pipeline(settings).snapshot.passages if words in p.text]
    assert [(p.page, p.page_label) for p in found] == [(page, label)]


def test_every_sentence_of_a_pdf_stands_on_the_page_it_names(
    settings: Settings, report: BuildReport, own: Path
) -> None:
    import pypdfium2

    letters: dict[tuple[str, int], str] = {}
    for path in own.glob("*.pdf"):
        document = pypdfium2.PdfDocument(path)
        for at, page in enumerate(document):
            text = page.get_textpage().get_text_range()
            letters[f"own/{path.stem}", at + 1] = "".join(c for c in text if c.isalnum())
    checked = 0
    for passage in open_pipeline(settings).snapshot.passages:
        if passage.media != "pdf" or passage.section == "Price list":
            continue
        for sentence in passage.sentences:
            start = "".join(c for c in passage.words(sentence)[:30] if c.isalnum())
            assert start in letters[passage.document_id, passage.page or 0]
            checked += 1
    assert checked > 100


def test_a_citation_opens_at_its_page_with_the_words_marked(
    settings: Settings, report: BuildReport
) -> None:
    client = TestClient(create_app(Live(settings)))
    words = {"message": "Which limit does chapter 3 set for direct buying?"}
    cited = client.post("/api/chat", json=words).json()["citations"][0]
    assert cited["document_id"] == "own/manual"
    assert cited["source"]["pages"] == "3"
    page = client.get(cited["url"]).text
    assert "<mark>Chapter 3 sets a limit of 300 euros" in page
    assert '<p class="page-mark" id="page-5">Page 3</p>' in page
    picture = client.get("/pages/own/manual", params={"page": 5, "passage": cited["passage_id"]})
    assert picture.headers["content-type"] == "image/png"
    bare = client.get("/pages/own/manual", params={"page": 5})
    assert picture.content != bare.content
    original = client.get("/originals/own/manual")
    assert original.content.startswith(b"%PDF")
    assert client.get("/originals/own/page").headers["content-disposition"].startswith("attach")
    assert client.get("/pages/own/manual", params={"page": 99}).status_code == 404
    assert client.get("/pages/own/note", params={"page": 1}).status_code == 404


def test_the_second_run_reads_and_embeds_nothing(
    settings: Settings, report: BuildReport, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "scan.pdf").unlink()  # what was skipped is tried again each time
    monkeypatch.setattr("ingest.reading.import_module", None)  # no loader may be opened
    again = build(settings, [settings.corpus_dir, own])
    assert again.snapshot == report.snapshot
    assert again.embedded == 0
    assert {e.change for e in again.changes} == {"unchanged", "skipped"}


def test_one_changed_file_embeds_its_own_texts_alone(
    settings: Settings, report: BuildReport, own: Path
) -> None:
    (own / "note.md").write_text("# Note\n\nPay within 20 days.\n", "utf-8")
    again = build(settings, [settings.corpus_dir, own])
    assert again.embedded == 2  # the passage and its sentence
    changed = [e.document_id for e in again.changes if e.change == "changed"]
    assert changed == ["own/note"]


def test_a_renamed_file_embeds_nothing_and_a_removed_one_disappears(
    settings: Settings, report: BuildReport, own: Path
) -> None:
    (own / "manual.pdf").rename(own / "handbook.pdf")
    (own / "rules.docx").unlink()
    again = build(settings, [settings.corpus_dir, own])
    assert again.embedded == 0
    changes = {e.document_id: e.change for e in again.changes}
    assert changes["own/handbook"] == "added"
    assert changes["own/manual"] == changes["own/rules"] == "removed"
    assert not any(p.document_id == "own/rules" for p in open_pipeline(settings).snapshot.passages)


def test_a_document_that_supersedes_answers_in_place_of_the_other(
    settings: Settings, own: Path
) -> None:
    (own / "apples.html").write_text("<h1>Apples</h1><p>Never buy bruised apples.</p>", "utf-8")
    (own / "apples.html.about.yaml").write_text(
        "id: official/apples\nkind: guidelines\nstatus: official\n"
        "url: https://example.org/apples\nsupersedes: [guidelines/1-apples]\n",
        "utf-8",
    )
    report = build(settings, [settings.corpus_dir, own])
    assert report.superseded == ("guidelines/1-apples",)
    client = TestClient(create_app(Live(settings)))
    answer = client.post("/api/chat", json={"message": "Should we buy bruised apples?"}).json()
    cited = answer["citations"][0]
    assert (cited["document_id"], cited["status"]) == ("official/apples", "official")
    assert cited["source"]["url"] == (
        "https://example.org/apples#:~:text=Never%20buy%20bruised%20apples."
    )
    assert client.get("/sources/guidelines/1-apples").status_code == 200


def test_old_snapshots_and_their_files_go_by_the_stated_rule(settings: Settings, own: Path) -> None:
    few = settings.model_copy(update={"keep_snapshots": 2})
    made = []
    for number in range(4):
        papers.outline(own / "manual.pdf", chapters=number + 1)
        made.append(build(few, [settings.corpus_dir, own]))
    store = SnapshotStore(settings.data_dir)
    assert {m.id for m in store.manifests()} == {made[2].snapshot, made[3].snapshot}
    assert made[2].pruned == (made[0].snapshot,)
    kept = {d.original.sha256 for m in store.manifests() for d in store.documents(m.id)}
    assert {p.stem for p in (settings.data_dir / "originals").iterdir()} <= kept


def test_a_bad_description_is_named(own: Path) -> None:
    (own / "note.md.about.yaml").write_text("colour: red\n", "utf-8")
    loaded = load([own], own.parent)
    assert any("field colour" in s.reason for s in loaded.skipped)


def test_vectors_and_texts_match_in_the_store(settings: Settings, report: BuildReport) -> None:
    store = SnapshotStore(settings.data_dir)
    assert len(store.vector_store(report.snapshot).vectors(PASSAGES)) == report.passages
