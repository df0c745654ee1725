"""A completion record as a PDF to print; the library for it is loaded when one is made."""

import io
from datetime import datetime

from assistant.learning.store import Completion

INK, ACCENT, SOFT = "#16242b", "#0b5563", "#4a5a62"
WIDTH, HEIGHT = 841.9, 595.3  # A4 across, in points


def pdf(completion: Completion, steps: int, address: str) -> bytes:
    """One page: who, what, when, and where it can be verified."""
    from reportlab.lib.colors import HexColor
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    page = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1)
    page.setTitle(f"Completion record: {completion.path_title}")
    page.setStrokeColor(HexColor(ACCENT))
    page.setLineWidth(2)
    page.rect(36, 36, WIDTH - 72, HEIGHT - 72)
    for height, size, color, text in (
        (HEIGHT - 120, 15, SOFT, "Completion record"),
        (HEIGHT - 190, 32, INK, completion.path_title),
        (HEIGHT - 250, 17, INK, completion.name or "An anonymous learner"),
        (HEIGHT - 285, 13, SOFT, f"completed all {steps} steps on {day(completion.at)}."),
        (120, 13, INK, f"Code {completion.code}"),
        (100, 11, SOFT, f"Verify at {address}"),
        (
            66,
            9,
            SOFT,
            "Learned from passages of the city's guidelines. No certificate of competence.",
        ),
    ):
        page.setFillColor(HexColor(color))
        page.setFont("Helvetica-Bold" if size > 20 else "Helvetica", size)
        page.drawCentredString(WIDTH / 2, height, text)
    page.save()
    return out.getvalue()


def day(at: str) -> str:
    """A stored moment as people write a day."""
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%B %Y}"
