"""Clients that ask as people do: one question after another, patient when they are sent away.

Each question comes on a connection of its own. The clients share the cores with the server, so they
take as little of them as a library can (aiohttp: a third of what httpx takes).
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

RETRIES = 8


@dataclass
class Told:
    """What clients saw. ``seconds`` are those of answered questions, from the first try."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    answered: list[tuple[str, str]] = field(default_factory=list)
    given_up: int = 0

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the questions was answered."""
        return sorted(self.seconds)[min(int(share * len(self.seconds)), len(self.seconds) - 1)]


async def ask(client: aiohttp.ClientSession, question: str, told: Told) -> str | None:
    """One question; tried again when the server says when. Its conversation, or None."""
    started = time.monotonic()
    for _ in range(RETRIES):
        try:
            async with client.post("/api/chat", json={"message": question}) as said:
                body = await said.json(content_type=None) if said.status == 200 else {}
        except (aiohttp.ClientError, TimeoutError):
            told.statuses[0] += 1
            await asyncio.sleep(0.2)
            continue
        told.statuses[said.status] += 1
        if body:
            told.seconds.append(time.monotonic() - started)
            told.answered.append((body["conversation_id"], body["id"]))
            return str(body["id"])
        if said.status not in (429, 503):
            break
        await asyncio.sleep(float(said.headers.get("Retry-After", 1)))
    told.given_up += 1
    return None


def _session(address: str) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    return aiohttp.ClientSession(
        address, connector=connector, timeout=aiohttp.ClientTimeout(total=60)
    )


async def converse(
    address: str,
    questions: Sequence[str],
    *,
    clients: int,
    seconds: float,
    think: float = 0.0,
    seed: int = 0,
) -> Told:
    """So many clients ask for so long; each thinks between questions (exponential, that mean)."""
    told, over = Told(), time.monotonic() + seconds

    async def one(number: int, client: aiohttp.ClientSession) -> None:
        chance = random.Random(seed * 100_003 + number)
        if think:
            await asyncio.sleep(chance.uniform(0, think))
        while time.monotonic() < over:
            text = f"{chance.choice(questions)}"
            await ask(client, text, told)
            if think:
                await asyncio.sleep(chance.expovariate(1 / think))

    async with _session(address) as client:
        await asyncio.gather(*(one(n, client) for n in range(clients)))
    return told


async def arrive(address: str, questions: Sequence[str], *, rate: float, seconds: float) -> Told:
    """Questions at a rate (Poisson), whether or not earlier ones were answered."""
    told, chance = Told(), random.Random(1)
    over = time.monotonic() + seconds
    async with _session(address) as client, asyncio.TaskGroup() as all:
        while time.monotonic() < over:
            all.create_task(ask(client, chance.choice(questions), told))
            await asyncio.sleep(chance.expovariate(rate))
    return told
