"""Taking partitions over from whoever had them."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.topics import ARTICLES_RAW
from streams.broker.connection import topic_name, transactional_producer
from streams.settings import Settings

__all__ = ["fence"]


async def fence(settings: Settings, group_id: str, partitions: Iterable[int]) -> dict[TopicPartition, AIOKafkaProducer]:
    """Start the producer of each partition of `articles-raw`: that ends any transaction an earlier owner left open.

    Only after this do the group's committed offsets stand still.
    """
    topic = topic_name(settings, ARTICLES_RAW)
    producers = {
        TopicPartition(topic, partition): transactional_producer(
            settings, f"{group_id}-{ARTICLES_RAW.name}-{partition}"
        )
        for partition in partitions
    }
    await asyncio.gather(*(producer.start() for producer in producers.values()))
    return producers
