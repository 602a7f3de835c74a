"""Which offsets a replay covers. Pure: what the logs hold is an argument."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.replay_run import PartitionRange, ReplayRun
from streams.errors import SettingsError
from streams.records import digest

__all__ = ["Lost", "Offsets", "PartitionLog", "Plan", "Request", "Times", "default_name", "plan", "refuse_lost"]

DIGEST_CHARS = 8


@dataclass(frozen=True, slots=True)
class Times:
    """From the first record at or after `start` up to the first at or after `end`; without an end, up to now.

    A log is ordered by arrival, and the times in it are the producers': a range of times is a range of offsets
    that is found by two of them.
    """

    start: datetime
    end: datetime | None = None

    def __str__(self) -> str:
        """The one spelling of it, stored with the run."""
        return f"{_rfc3339(self.start)}/{_rfc3339(self.end) if self.end else 'now'}"


@dataclass(frozen=True, slots=True)
class Offsets:
    """By partition, half open; only the partitions that have a start. Without an end, up to now."""

    starts: Mapping[int, int]
    ends: Mapping[int, int]

    def __str__(self) -> str:
        """The one spelling of it, stored with the run."""
        pairs = ((partition, start, self.ends.get(partition, "now")) for partition, start in self.starts.items())
        return ",".join(f"{partition}:{start}-{end}" for partition, start, end in sorted(pairs))


Request = Times | Offsets


@dataclass(frozen=True, slots=True)
class PartitionLog:
    """What one partition holds. The last three are None where no record lies there.

    Args:
        partition: its number.
        start: the first offset that retention has left.
        end: where committed readers end as of now.
        first: offset of the first record there is.
        at_start: offset of the first record at or after the start of the times asked for.
        at_end: offset of the first record at or after their end.
    """

    partition: int
    start: int
    end: int
    first: int | None = None
    at_start: int | None = None
    at_end: int | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """Records of a range that retention has removed; with times, nobody can know how many of those were meant."""

    partition: int
    log_start: int
    most: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The ranges as they can be had, and what they lack."""

    ranges: tuple[PartitionRange, ...]
    lost: tuple[Lost, ...]


def plan(request: Request, logs: Sequence[PartitionLog]) -> Plan:
    """Turn what was asked for into offsets that exist.

    Raises:
        SettingsError: it names a partition that is not there, or ends before it begins.
    """
    match request:
        case Times():
            return _plan_times(request, logs)
        case Offsets():
            return _plan_offsets(request, {log.partition: log for log in logs})


def refuse_lost(topic: str, lost: Iterable[Lost]) -> None:
    """Complain about what retention has removed.

    Raises:
        SettingsError: anything was.
    """
    missing = list(lost)
    if missing:
        where = ", ".join(f"{topic}-{each.partition} begins at {each.log_start}" for each in missing)
        count = sum(each.most for each in missing)
        raise SettingsError(
            f"up to {count} records of the range were removed by retention ({where}); "
            "--accept-lost replays what is left"
        )


def default_name(request: Request, draft: ReplayRun) -> str:
    """The name of a run that was given none: the same for the same records, pipeline and wires."""
    ranges = ",".join(f"{each.partition}:{each.start}-{each.end}" for each in draft.ranges)
    short = digest(ranges, draft.pipeline, draft.rules or "")[:DIGEST_CHARS]
    if isinstance(request, Offsets):
        return f"offsets-{short}"
    return f"{_compact(request.start)}-{_compact(request.end) if request.end else 'now'}-{short}"


def _plan_times(request: Times, logs: Iterable[PartitionLog]) -> Plan:
    if request.end is not None and request.end <= request.start:
        raise SettingsError(f"the range ends at {_rfc3339(request.end)}, before it begins")
    ranges, lost = [], []
    for log in logs:
        # Where the first record found is the first there is, earlier ones of the range may have been before it.
        if log.start > 0 and log.at_start == log.first:
            lost.append(Lost(log.partition, log.start, log.start))
        end = log.end if request.end is None or log.at_end is None else min(log.at_end, log.end)
        start = log.end if log.at_start is None else log.at_start
        ranges.append(PartitionRange(partition=log.partition, start=min(start, end), end=end))
    return Plan(tuple(ranges), tuple(lost))


def _plan_offsets(request: Offsets, logs: Mapping[int, PartitionLog]) -> Plan:
    _refuse_impossible(request, logs)
    ranges, lost = [], []
    for partition, wanted in sorted(request.starts.items()):
        log = logs[partition]
        end = max(log.start, min(request.ends.get(partition, log.end), log.end))
        if wanted < log.start:
            wanted_end = request.ends.get(partition, log.end)
            lost.append(Lost(partition, log.start, min(log.start, wanted_end) - wanted))
        ranges.append(PartitionRange(partition=partition, start=min(max(wanted, log.start), end), end=end))
    return Plan(tuple(ranges), tuple(lost))


def _refuse_impossible(request: Offsets, logs: Mapping[int, PartitionLog]) -> None:
    for partition in {*request.starts, *request.ends} - logs.keys():
        raise SettingsError(f"there is no partition {partition}; the last one is {max(logs)}")
    for partition in request.ends.keys() - request.starts.keys():
        raise SettingsError(f"partition {partition} has an end and no start: add --from-offset {partition}:N")
    for partition, start in request.starts.items():
        if request.ends.get(partition, start) < start:
            raise SettingsError(f"partition {partition} ends at {request.ends[partition]}, before its start {start}")


def _rfc3339(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _compact(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y%m%d-%H%M}"
