"""Owning partitions without Faust."""

from streams.broker.connection import consumer, group_id
from streams.broker.offsets import Offsets
from streams.engine.lanes import Claim
from streams.settings import Settings

__all__ = ["claimed"]


def claimed(settings: Settings) -> Claim:
    """Claims as the group's only user, which need not be a member."""

    async def claim(offsets: Offsets) -> bool:
        async with consumer(settings, group_id=group_id(settings, "live")) as committing:
            committing.assign(list(offsets))
            await committing.commit(dict(offsets))
        return True

    return claim
