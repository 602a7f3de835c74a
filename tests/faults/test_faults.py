"""The promise, small enough for every run of the tests; `python -m tests.faults.scenario` is the whole of it."""

from pathlib import Path

import pytest

from tests.brokers.kafka import KafkaServer
from tests.faults.scenario import Plan, Report, Scenario, out_of_order

SMALL = Plan(
    articles=400,
    kills=2,
    kills_in_transaction=1,
    pauses=1,
    pause_seconds=9,
    departures=1,
    broker_restarts=0,
    session_timeout_seconds=6,
)


async def test_nothing_is_lost_or_doubled_by_kills_a_zombie_and_a_departure(
    own_kafka_broker: KafkaServer, tmp_path: Path
) -> None:
    report = await Scenario(SMALL, own_kafka_broker, tmp_path).run()
    assert report.nothing_lost_nothing_twice, report
    assert report.aborted_records > 0, "no fault bit: nothing was aborted"
    assert report.fenced > 0, "the zombie was not fenced out"


@pytest.mark.parametrize(
    "broken",
    [
        Report(missing=1),
        Report(duplicated=1),
        Report(versions_out_of_order=1),
        Report(discrepancies=["missing_disposition: of input 7"]),
    ],
)
def test_a_report_of_any_loss_does_not_pass(broken: Report) -> None:
    assert not broken.nothing_lost_nothing_twice


def test_versions_out_of_order_are_counted() -> None:
    assert out_of_order([("a", 1), ("b", 1), ("a", 2), ("b", 2)]) == 0
    assert out_of_order([("a", 2), ("a", 1)]) == 1
    assert out_of_order([("a", 1), ("a", 1)]) == 1
