"""What the engine's tests share."""

import pytest

from schemas.topics import TOPICS
from streams.broker.admin import create_topics
from streams.broker.embedded import EmbeddedBroker
from streams.settings import Settings


@pytest.fixture
async def settings(embedded_broker: EmbeddedBroker, prefix: str) -> Settings:
    """Of an installation of two partitions, whose topics are there."""
    settings = Settings(bootstrap=embedded_broker.bootstrap, prefix=prefix, partitions=2)
    await create_topics(settings, TOPICS)
    return settings
