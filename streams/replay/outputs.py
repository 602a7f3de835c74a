"""What a replay writes of each result."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from streams.engine.outputs import LiveOutputs
from streams.engine.work import Result
from streams.records import Outgoing, Record

__all__ = ["ReplayOutputs"]


class ReplayOutputs:
    """Has the live outputs made, and keeps those that have a topic in the replay.

    So a replay cannot differ from live: the same pipeline and wires give the same bytes, the same records are
    dead letters. Wires and dispositions, which tell what happened, are not kept: nothing happened.

    Args:
        live: the outputs of the live topics.
        topics: the replay's topic for each live one that has its like there; names as on the broker.
        tally: counts what was written: `enriched`, `forgotten` and `dead_lettered`.
        dead_letters: which of the replay's topics holds the dead letters.
    """

    def __init__(self, live: LiveOutputs, *, topics: Mapping[str, str], dead_letters: str, tally: Counter[str]) -> None:
        self._live = live
        self._topics = topics
        self._dead_letters = dead_letters
        self._tally = tally

    def of(self, record: Record, result: Result) -> tuple[Outgoing, ...]:
        """The enriched article, its tombstone or the dead letter."""
        kept = tuple(
            replace(out, topic=self._topics[out.topic])
            for out in self._live.of(record, result)
            if out.topic in self._topics
        )
        self._tally.update(map(self._kind, kept))
        return kept

    def _kind(self, out: Outgoing) -> str:
        if out.topic == self._dead_letters:
            return "dead_lettered"
        return "forgotten" if out.value is None else "enriched"
