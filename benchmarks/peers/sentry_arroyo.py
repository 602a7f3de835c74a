"""sentry-arroyo: batches to processes through shared memory, results to the producer, offsets behind them."""

import sys
from collections.abc import Mapping

from arroyo.backends.kafka import KafkaConsumer, KafkaPayload, KafkaProducer, build_kafka_configuration
from arroyo.backends.kafka.configuration import build_kafka_consumer_configuration
from arroyo.commit import ONCE_PER_SECOND
from arroyo.processing.processor import StreamProcessor
from arroyo.processing.strategies import (
    BatchStep,
    CommitOffsets,
    ProcessingStrategy,
    ProcessingStrategyFactory,
    Produce,
    RunTaskWithMultiprocessing,
    UnbatchStep,
)
from arroyo.processing.strategies.batching import ValuesBatch
from arroyo.processing.strategies.run_task_with_multiprocessing import MultiprocessingPool
from arroyo.types import Commit, FilteredPayload, Message, Partition, Topic, Value

from benchmarks.peers.work import BATCH_RECORDS, PROCESSES, find_names, load

BATCH_SECONDS = 0.1
BLOCK_BYTES = 4 << 20


def with_names(message: Message[ValuesBatch[KafkaPayload]]) -> ValuesBatch[FilteredPayload | KafkaPayload]:
    """One batch, in a process of the pool."""
    batch = message.payload
    found = find_names([each.payload.value for each in batch])
    return [
        Value(KafkaPayload(each.payload.key, value, []), each.committable, each.timestamp)
        for each, value in zip(batch, found, strict=True)
    ]


class Factory(ProcessingStrategyFactory[KafkaPayload]):
    """Fetch, batch, compute, take apart, produce, commit."""

    def __init__(self, pool: MultiprocessingPool, producer: KafkaProducer, target: str) -> None:
        self._pool = pool
        self._producer = producer
        self._target = Topic(target)

    def create_with_partitions(
        self, commit: Commit, partitions: Mapping[Partition, int]
    ) -> ProcessingStrategy[KafkaPayload]:
        """The steps, from the last to the first."""
        del partitions
        produce = Produce(self._producer, self._target, CommitOffsets(commit))
        compute = RunTaskWithMultiprocessing(
            with_names,
            UnbatchStep(produce),
            max_batch_size=1,
            max_batch_time=BATCH_SECONDS,
            pool=self._pool,
            input_block_size=BLOCK_BYTES,
            output_block_size=BLOCK_BYTES,
            prefetch_batches=True,
        )
        return BatchStep(BATCH_RECORDS, BATCH_SECONDS, compute)


def main(bootstrap: str, source: str, target: str) -> None:
    """Run until killed."""
    common = build_kafka_configuration({}, bootstrap_servers=[bootstrap])
    consumer = KafkaConsumer(
        build_kafka_consumer_configuration({}, group_id="peer-arroyo", bootstrap_servers=[bootstrap])
    )
    producer = KafkaProducer({**common, "acks": "all", "linger.ms": 5, "compression.type": "zstd"})
    pool = MultiprocessingPool(PROCESSES, load)
    StreamProcessor(consumer, Topic(source), Factory(pool, producer, target), ONCE_PER_SECOND).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
