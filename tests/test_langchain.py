import re

import pytest
from langchain_core.runnables import RunnableLambda

from assistant.langchain import PassageRetriever
from assistant.service import Assistant
from assistant.settings import Settings
from tests.conftest import ROOT
from tests.scripted import ScriptedModel


def test_the_retriever_works_in_a_langchain_chain(assistant: Assistant) -> None:
    chain = PassageRetriever(assistant=assistant, k=2) | RunnableLambda(
        lambda found: [d.metadata["passage_id"] for d in found]
    )
    assert chain.invoke("bruised apples")[0] == "guidelines/1-apples~dont~1"


def test_a_document_carries_text_and_provenance(assistant: Assistant) -> None:
    found = PassageRetriever(assistant=assistant, k=1).invoke("cheese market hall 2021")[0]
    assert found.page_content == "The market hall sold 300 tonnes of cheese in 2021."
    assert found.metadata["document_id"] == "case-studies/springfield-market"
    assert found.metadata["source"]["title"] == "Tiny buying book"


def test_the_code_in_the_documentation_runs(
    tiny: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(tiny.data_dir))
    monkeypatch.setenv("ASSISTANT_CORPUS_DIR", str(tiny.corpus_dir))
    monkeypatch.setenv("ASSISTANT_EMBEDDING_MODEL", "hashing")
    page = (ROOT / "docs/langchain.md").read_text("utf-8")
    known = {"model": ScriptedModel(script=["Leave bruised apples alone."])}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, known)
    assert known["said"] == "Leave bruised apples alone."
    assert "bruised" in known["found"]
    printed = capsys.readouterr().out
    assert "guidelines/1-apples /sources/guidelines/1-apples" in printed
    assert printed.endswith("Buy apples\n")
