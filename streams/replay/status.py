"""How far every replay is, for `replay status`."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.replay_run import ReplayRun
from streams.broker.reading import open_reader
from streams.replay.runs import committed_positions, group_of, stored_runs
from streams.settings import Settings

__all__ = ["RunStatus", "run_statuses"]


@dataclass(frozen=True, slots=True)
class RunStatus:
    """One run and its committed offsets; None for a partition whose progress Kafka no longer keeps."""

    run: ReplayRun
    committed: Mapping[int, int | None]

    @property
    def done(self) -> float | None:
        """The share of the offsets that is done, 0 to 1; None where nobody knows."""
        if self.run.status == "done":
            return 1.0
        if None in self.committed.values():
            return None
        total = sum(each.end - each.start for each in self.run.ranges)
        passed = sum((self.committed[each.partition] or 0) - each.start for each in self.run.ranges)
        return passed / total if total else 0.0


async def run_statuses(settings: Settings) -> tuple[RunStatus, ...]:
    """All runs, the oldest first.

    Raises:
        BrokerError: the broker cannot be reached.
        ContractError: a run is none that this version can read.
    """
    runs = await stored_runs(settings)
    return tuple([RunStatus(run, await _committed(settings, run)) for run in runs.values()])


async def _committed(settings: Settings, run: ReplayRun) -> dict[int, int | None]:
    async with open_reader(settings, group_of(settings, run.run)) as reader:
        return await committed_positions(reader, run)
