"""Our retrieval as a LangChain retriever, for use in other people's chains."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from assistant import views
from assistant.service import Assistant


class PassageRetriever(BaseRetriever):
    """Returns passages with the same ranking that answers are made from.

    ``page_content`` is the passage's exact text; the metadata are the fields of ``/api/passages``
    with the score.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Assistant
    k: int = 5

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        found = self.assistant.search(query, self.k)
        shown = (views.passage(r.passage, r.score) for r in found.kept)
        return [
            Document(page_content=v.text, id=v.passage_id, metadata=v.model_dump(exclude={"text"}))
            for v in shown
        ]
