"""aiokafka and a ProcessPoolExecutor: fetching, computing and producing overlap, and offsets follow the outputs."""

import asyncio
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from benchmarks.peers.work import BATCH_RECORDS, PROCESSES, find_names, load

AHEAD = 4
"""Batches that wait or are computed."""

Records = Sequence[ConsumerRecord[bytes, bytes]]
Batches = asyncio.Queue[tuple[Records, asyncio.Future[list[bytes]]]]


async def main(bootstrap: str, source: str, target: str) -> None:
    """Run until killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.peers.work"])
    batches: Batches = asyncio.Queue(AHEAD)
    consumer = AIOKafkaConsumer(
        source,
        bootstrap_servers=bootstrap,
        group_id="peer-plain",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", linger_ms=5, compression_type="zstd", max_batch_size=256 << 10
    )
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=load) as pool:
        async with consumer, producer, asyncio.TaskGroup() as tasks:
            tasks.create_task(fetch(consumer, pool, batches))
            tasks.create_task(write(consumer, producer, batches, target))


async def fetch(consumer: AIOKafkaConsumer, pool: ProcessPoolExecutor, batches: Batches) -> None:
    """Keep the processes busy."""
    loop = asyncio.get_running_loop()
    while True:
        fetched = await consumer.getmany(timeout_ms=1000, max_records=BATCH_RECORDS)
        if records := [record for each in fetched.values() for record in each]:
            future = loop.run_in_executor(pool, find_names, [record.value or b"" for record in records])
            await batches.put((records, future))


async def write(consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, batches: Batches, target: str) -> None:
    """In the order of the input; the next batch is computed meanwhile."""
    while True:
        records, future = await batches.get()
        pairs = zip(records, await future, strict=True)
        await asyncio.gather(*[await producer.send(target, value, key=record.key) for record, value in pairs])
        await consumer.commit({TopicPartition(record.topic, record.partition): record.offset + 1 for record in records})


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
