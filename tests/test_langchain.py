from langchain_core.runnables import RunnableLambda

from assistant.langchain import PassageRetriever
from assistant.service import Assistant


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
