"""Another product on our cases: any chat endpoint of the OpenAI form, asked as ours is."""

import json
import re
import time
import urllib.request
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.error import URLError

from assistant.records import Answer, AnswerSentence
from evals.cases import Case
from evals.generate import Output
from ingest.errors import InputError
from ingest.text import sentence_spans

REFUSES = re.compile(
    r"\b(cannot|can't|can not|don't|do not|unable to) (answer|find|help|know|have)|not covered|"
    r"no information|not (mentioned|provided|available)",
    re.IGNORECASE,
)


def generate(
    cases: Sequence[Case], url: str, model: str, timeout: float = 60
) -> tuple[Output, ...]:
    """One output a case. Citations are read from annotations where the endpoint gives them.

    Only the key points, the refusals and the latency of another product can be compared for sure;
    documents count when it cites their ids. InputError when it cannot be reached.
    """
    return tuple(_one(case, url.rstrip("/"), model, timeout) for case in cases)


def _one(case: Case, url: str, model: str, timeout: float) -> Output:
    messages = [{"role": t.role, "content": t.content} for t in case.history]
    messages.append({"role": "user", "content": case.question})
    body = json.dumps({"model": model, "messages": messages}).encode()
    request = urllib.request.Request(
        f"{url}/chat/completions", body, {"Content-Type": "application/json"}
    )
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            found = json.loads(response.read())
    except (URLError, ValueError, TimeoutError) as error:
        raise InputError(f"{url} does not answer in the OpenAI form: {error}") from error
    message: dict[str, Any] = found["choices"][0]["message"]
    return output(case, message, (time.perf_counter() - started) * 1000)


def output(case: Case, message: dict[str, Any], milliseconds: float) -> Output:
    """A message of the OpenAI form as an output of a run."""
    text = message.get("content") or ""
    refused = bool(REFUSES.search(text)) or not text.strip()
    cited = tuple(dict.fromkeys(_documents(message)))
    sentences = (
        ()
        if refused
        else tuple(AnswerSentence(text=text[a:b], citations=()) for a, b in sentence_spans(text))
    )
    return Output(
        case=case,
        ranked=cited,
        answer=Answer(
            id=uuid.uuid4().hex,
            conversation_id="evaluation",
            outcome="not_covered" if refused else "answered",
            group="refusal" if refused else "answer",
            engine="target",
            answer=text,
            sentences=sentences,
            citations=(),
            notices=(),
            closest=(),
            suggestions=(),
            snapshot="",
            timings_ms={"total": milliseconds},
        ),
        milliseconds=milliseconds,
    )


def _documents(message: dict[str, Any]) -> list[str]:
    """Ids of our documents among the annotations."""
    urls = (a.get("url_citation", {}).get("url", "") for a in message.get("annotations") or () if a)
    return [m[1] for url in urls if (m := re.search(r"/sources/([^?#]+)", url))]
