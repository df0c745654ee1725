"""Room for so many questions at once."""

import asyncio

import pytest

from assistant.web.gate import LATEST, Room
from ingest.errors import BusyError
from tests.loops import run


async def refused(room: Room) -> int:
    """The seconds that somebody is told who is sent away."""
    with pytest.raises(BusyError) as refusal:
        async with room.place():
            pass
    return refusal.value.retry_seconds


def test_who_is_sent_away_is_told_when_to_come_one_after_the_other() -> None:
    async def scene() -> list[int]:
        room = Room(at_once=1, waiting=0)
        async with room.place():
            await asyncio.sleep(0.05)
        async with room.place():
            return [await refused(room) for _ in range(300)]

    told = run(scene())
    assert told == sorted(told)
    assert told[0] == 1
    assert 2 <= told[40] <= told[100] <= told[-1] == LATEST


def test_there_is_room_as_soon_as_a_place_is_free() -> None:
    async def scene() -> None:
        room = Room(at_once=1, waiting=0)
        async with room.place():
            assert room.full()
            assert await refused(room) == 1
            waiting = asyncio.create_task(room.free())
            await asyncio.sleep(0)
            assert not waiting.done()
        await asyncio.wait_for(waiting, 1)
        assert not room.full()
        async with room.place():
            pass

    run(scene())


def test_a_question_that_waits_gets_the_place_of_the_one_before() -> None:
    async def scene() -> list[str]:
        room, order = Room(at_once=1, waiting=1), []

        async def asks(name: str) -> None:
            async with room.place():
                order.append(name)
                await asyncio.sleep(0.01)

        await asyncio.gather(asks("first"), asks("second"))
        return order

    assert run(scene()) == ["first", "second"]
