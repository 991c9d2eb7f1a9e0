"""Whose turn it is: windows of hosts, and the places they share."""

import asyncio
from contextlib import suppress

import pytest

from services.silver.images.places import Places, Window


def started(window, count):
    """Requests that want to be let in; each stays in until it is cancelled or its event is set."""

    async def request(done):
        await window.enter()
        try:
            await done.wait()
        finally:
            window.leave()

    events = [asyncio.Event() for _ in range(count)]
    return [(asyncio.create_task(request(event)), event) for event in events]


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


async def end(requests):
    for task, _ in requests:
        task.cancel()
    for task, _ in requests:
        with suppress(asyncio.CancelledError):
            await task


async def test_one_at_first_one_more_with_each_answer_and_one_again_after_a_timeout():
    window = Window(4, Places(100))
    requests = started(window, 20)
    taken = []
    for step in ["", *["answer"] * 6, "timeout"]:
        if step == "answer":
            window.answered()
        elif step:
            window.shrink()
        await settle()
        taken.append(window.taken)
    assert taken == [1, 2, 3, 4, 4, 4, 4, 4]
    for task, event in requests[:4]:
        event.set()
        await task
    await settle()
    assert (window.taken, window.tried) == (1, False)
    await end(requests)
    assert window.taken == 0


async def test_whoever_gives_up_waiting_leaves_no_place_taken():
    window = Window(1, Places(100))
    requests = started(window, 3)
    await settle()
    requests[1][0].cancel()
    await settle()
    requests[0][1].set()
    await settle()
    assert window.taken == 1
    requests[2][1].set()
    await settle()
    assert window.taken == 0
    # Let in and cancelled at the same moment.
    (_, first), (second, _) = requests = started(window, 2)
    await settle()
    first.set()
    await asyncio.sleep(0)
    second.cancel()
    await settle()
    assert window.taken == 0
    await end(requests)


async def test_no_host_has_more_places_than_are_left_for_all_others():
    places = Places(8)
    window = Window(8, places)
    for _ in range(8):
        window.answered()
    for _ in range(8):
        await window.enter()
        await places.enter(untried=False)
        if not window._has_room():
            break
    assert (window.taken, places.free) == (5, 3)


async def test_hosts_without_an_answer_have_half_of_the_places():
    places = Places(4)
    room = []
    for _ in range(2):
        room.append(places.has_room_for_untried())
        await places.enter(untried=True)
    third = asyncio.create_task(places.enter(untried=True))
    await places.enter(untried=False)
    await places.enter(untried=False)
    await settle()
    assert (room, third.done(), places.free) == ([True, False], False, 0)
    places.leave(untried=True)
    await settle()
    assert (third.done(), places.free) == (True, 0)


async def test_whoever_gives_up_waiting_for_a_place_takes_none():
    places = Places(2)
    await places.enter(untried=False)
    await places.enter(untried=False)
    waiting = asyncio.create_task(places.enter(untried=True))
    await settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    places.leave(untried=False)
    await asyncio.wait_for(places.enter(untried=True), 5)
