"""Owning partitions without Faust."""

from streams.broker.connection import consumer, group_id
from streams.broker.offsets import Offsets
from streams.settings import Settings

__all__ = ["OnlyUser"]


class OnlyUser:
    """Of a group without members: whoever asks may commit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def is_current(self) -> bool:
        return True

    async def claim(self, offsets: Offsets) -> bool:
        async with consumer(self._settings, group_id=group_id(self._settings, "live")) as committing:
            committing.assign(list(offsets))
            await committing.commit(dict(offsets))
        return True
