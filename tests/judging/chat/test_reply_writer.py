"""Results are stored as they arrive: a few at once, many together."""

import asyncio

from judging.chat.reply_writer import MANY, ReplyWriter


def test_every_result_is_written_once_and_in_order() -> None:
    written: list[list[int]] = []

    async def work() -> None:
        writer = ReplyWriter[int](lambda some: written.append([*some]))
        writer.start()
        for number in range(50):
            writer.put(number)
            if number % 7 == 0:
                await asyncio.sleep(0)
        await writer.close()

    asyncio.run(work())
    assert [number for some in written for number in some] == [*range(50)]


def test_after_a_write_of_many_results_those_that_follow_share_one() -> None:
    written: list[int] = []

    async def work() -> None:
        arrived = asyncio.Event()
        loop = asyncio.get_running_loop()

        def write(some: list[int]) -> None:
            written.append(len(some))
            loop.call_soon_threadsafe(arrived.set)

        writer = ReplyWriter[int](write)  # type: ignore[arg-type]
        writer.start()
        for number in range(MANY):
            writer.put(number)
        await arrived.wait()
        for number in range(3):
            writer.put(number)
            await asyncio.sleep(0)
        await writer.close()

    asyncio.run(work())
    assert written == [MANY, 3]
