from datetime import UTC, datetime

import pytest

from schemas.replay_run import PartitionRange, ReplayRun
from streams.errors import SettingsError
from streams.replay.plan import Lost, Offsets, PartitionLog, Plan, Request, Times, default_name, plan, refuse_lost

NOON = datetime(2024, 5, 3, 12, tzinfo=UTC)
EVENING = datetime(2024, 5, 3, 18, tzinfo=UTC)
AFTERNOON = Times(NOON, EVENING)


def spans(planned: Plan) -> list[tuple[int, int, int]]:
    return [(each.partition, each.start, each.end) for each in planned.ranges]


def test_times_become_the_offsets_found_by_them() -> None:
    log = PartitionLog(0, start=0, end=90, first=0, at_start=10, at_end=40)
    assert plan(AFTERNOON, [log]) == Plan((PartitionRange(partition=0, start=10, end=40),), ())


def test_each_partition_has_its_own_range() -> None:
    logs = [PartitionLog(number, 0, 90, 0, 10 * number, 20 * number) for number in (1, 2)]
    assert spans(plan(AFTERNOON, logs)) == [(1, 10, 20), (2, 20, 40)]


@pytest.mark.parametrize("request_", [Times(NOON), AFTERNOON])
def test_without_a_later_record_the_range_ends_with_the_log(request_: Times) -> None:
    assert spans(plan(request_, [PartitionLog(0, 0, 90, first=0, at_start=10)])) == [(0, 10, 90)]


def test_a_record_of_an_open_transaction_is_not_waited_for() -> None:
    log = PartitionLog(0, 0, end=30, first=0, at_start=10, at_end=40)
    assert spans(plan(AFTERNOON, [log])) == [(0, 10, 30)]


@pytest.mark.parametrize("log", [PartitionLog(0, 0, 90, first=0), PartitionLog(0, 0, 0), PartitionLog(0, 0, 3)])
def test_nothing_so_late_is_an_empty_range(log: PartitionLog) -> None:
    assert spans(plan(AFTERNOON, [log])) == [(0, log.end, log.end)]


def test_times_out_of_order_never_give_a_range_that_ends_before_it_begins() -> None:
    log = PartitionLog(0, 0, 90, first=0, at_start=50, at_end=20)
    assert spans(plan(AFTERNOON, [log])) == [(0, 20, 20)]


def test_a_range_that_starts_with_the_log_itself_may_have_begun_before_it() -> None:
    expired = PartitionLog(0, start=60, end=90, first=61, at_start=61)
    assert plan(Times(NOON), [expired]).lost == (Lost(0, log_start=60, most=60),)


def test_a_log_that_has_lost_everything_has_lost_some_of_the_range() -> None:
    assert plan(Times(NOON), [PartitionLog(0, start=60, end=60)]).lost == (Lost(0, 60, 60),)


def test_an_earlier_record_proves_that_retention_took_none_of_the_range() -> None:
    assert plan(Times(NOON), [PartitionLog(0, start=60, end=90, first=60, at_start=61)]).lost == ()


def test_offsets_replay_only_the_partitions_that_are_named() -> None:
    logs = [PartitionLog(number, 0, 90) for number in range(3)]
    assert spans(plan(Offsets({2: 5, 1: 7}, {2: 8}), logs)) == [(1, 7, 90), (2, 5, 8)]


def test_offsets_beyond_the_end_are_cut_to_it() -> None:
    assert spans(plan(Offsets({0: 5}, {0: 1000}), [PartitionLog(0, 0, 90)])) == [(0, 5, 90)]
    assert spans(plan(Offsets({0: 500}, {}), [PartitionLog(0, 0, 90)])) == [(0, 90, 90)]


@pytest.mark.parametrize(
    ("ends", "expected", "most"), [({}, (0, 60, 90), 55), ({0: 70}, (0, 60, 70), 55), ({0: 20}, (0, 60, 60), 15)]
)
def test_offsets_below_the_log_are_lost_and_counted(
    ends: dict[int, int], expected: tuple[int, int, int], most: int
) -> None:
    planned = plan(Offsets({0: 5}, ends), [PartitionLog(0, 60, 90)])
    assert spans(planned) == [expected]
    assert planned.lost == (Lost(0, 60, most),)


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (Times(EVENING, NOON), "the range ends at 2024-05-03T12:00:00Z, before it begins"),
        (Offsets({4: 0}, {}), "there is no partition 4; the last one is 0"),
        (Offsets({0: 1}, {4: 1}), "there is no partition 4; the last one is 0"),
        (Offsets({}, {0: 9}), "partition 0 has an end and no start: add --from-offset 0:N"),
        (Offsets({0: 9}, {0: 8}), "partition 0 ends at 8, before its start 9"),
    ],
)
def test_an_impossible_range_is_refused(request_: Request, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        plan(request_, [PartitionLog(0, 0, 90)])


def test_what_is_lost_is_told_with_its_number_and_place() -> None:
    with pytest.raises(SettingsError) as told:
        refuse_lost("articles-raw", [Lost(0, 60, 55), Lost(3, 9, 9)])
    assert str(told.value) == (
        "up to 64 records of the range were removed by retention (articles-raw-0 begins at 60, articles-raw-3 begins "
        "at 9); --accept-lost replays what is left"
    )
    refuse_lost("articles-raw", [])


def draft(**fields: object) -> ReplayRun:
    ranges = (PartitionRange(partition=0, start=1, end=9),)
    plain = {"run": "unnamed", "topic": "articles-raw", "output": "", "ranges": ranges, "pipeline": "p"}
    values = {**plain, "created_at": NOON, "status": "running", **fields}
    return ReplayRun.model_validate(values)


def test_a_default_name_tells_the_range_and_is_the_same_for_the_same_run() -> None:
    name = default_name(AFTERNOON, draft())
    assert name.startswith("20240503-1200-20240503-1800-")
    assert default_name(AFTERNOON, draft(created_at=EVENING)) == name
    assert default_name(Times(NOON), draft()).startswith("20240503-1200-now-")
    assert default_name(Offsets({0: 1}, {}), draft()).startswith("offsets-")


@pytest.mark.parametrize(
    "other",
    [draft(pipeline="q"), draft(rules="a" * 64), draft(ranges=(PartitionRange(partition=0, start=1, end=10),))],
)
def test_another_pipeline_other_wires_or_other_records_are_another_run(other: ReplayRun) -> None:
    assert default_name(AFTERNOON, draft()) != default_name(AFTERNOON, other)


def test_a_default_name_is_a_legal_one() -> None:
    assert draft(run=default_name(AFTERNOON, draft()))


@pytest.mark.parametrize(
    ("request_", "spelling"),
    [
        (AFTERNOON, "2024-05-03T12:00:00Z/2024-05-03T18:00:00Z"),
        (Times(NOON), "2024-05-03T12:00:00Z/now"),
        (Offsets({2: 5, 1: 7}, {2: 8}), "1:7-now,2:5-8"),
    ],
)
def test_a_request_has_one_spelling(request_: Request, spelling: str) -> None:
    assert str(request_) == spelling
