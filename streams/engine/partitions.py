"""The one partition count that all topics of a lane share."""

from collections.abc import Sequence

from schemas.topics import ARTICLES_RAW, Topic
from streams.broker.admin import list_topics
from streams.broker.connection import topic_name
from streams.errors import SettingsError
from streams.settings import Settings

__all__ = ["partition_count"]


async def partition_count(settings: Settings, outputs: Sequence[Topic]) -> int:
    """How many partitions `articles-raw` has, once it is sure that each of its outputs has as many.

    Raises:
        SettingsError: a topic is missing, or has another count; a lane could not write to its own number.
        BrokerError: the broker cannot be reached.
    """
    states = {state.name: state for state in await list_topics(settings, (ARTICLES_RAW, *outputs))}
    wanted = [topic_name(settings, topic) for topic in (ARTICLES_RAW, *outputs)]
    if missing := [name for name in wanted if name not in states]:
        raise SettingsError(f"no such topic: {', '.join(missing)}; run `copytaster topics create`")
    count = states[wanted[0]].partitions
    if uneven := [name for name in wanted if states[name].partitions != count]:
        raise SettingsError(
            f"{', '.join(uneven)} must have the {count} partitions of {wanted[0]}; see `copytaster topics check`"
        )
    return count
