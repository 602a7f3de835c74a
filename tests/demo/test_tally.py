import io

from rich.console import Console

from schemas.disposition import Disposition
from streams.demo.tally import Tally, summary


def disposition(offset: int, **fields: object) -> Disposition:
    defaults: dict[str, object] = {
        "cause": "input",
        "lane": "main",
        "topic": "articles-raw",
        "partition": 0,
        "offset": offset,
        "article_id": "a",
        "version": 1,
        "outcome": "enriched",
        "reason": "new article version",
        "routes": ("all",),
        "outputs": (),
        "rules": "0" * 64,
    }
    return Disposition(**{**defaults, **fields})  # type: ignore[arg-type]


def dead(offset: int, stage: str) -> Disposition:
    return disposition(offset, outcome="dead_lettered", reason=f"{stage}: ContractError", routes=())


def tally(inputs: int, *dispositions: Disposition) -> Tally:
    counted = Tally({(0, offset) for offset in range(inputs)})
    for each in dispositions:
        counted.add(each)
    return counted


def shown(counted: Tally) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    console.print(summary(counted, ("all", "sport"), 8.44))
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_it_adds_up_when_each_input_has_one_disposition() -> None:
    assert tally(2, disposition(0), dead(1, "decode")).adds_up


def test_a_missing_a_repeated_or_an_unknown_disposition_does_not_add_up() -> None:
    assert not tally(2, disposition(0)).adds_up
    assert not tally(1, disposition(0), disposition(0)).adds_up
    assert not tally(1, disposition(0), disposition(1)).adds_up


def test_the_same_offset_on_another_partition_is_another_input() -> None:
    counted = tally(1, disposition(0, partition=1))
    assert counted.missing == {(0, 0)}


def test_the_summary_counts_outcomes_stages_and_wires() -> None:
    counted = tally(4, disposition(0, routes=("all", "sport")), disposition(1), dead(2, "decode"), dead(3, "clean"))
    assert shown(counted) == [
        "copytaster demo",
        "records in 4",
        "dead lettered 2 clean 1, decode 1",
        "enriched 2",
        "wire-all 2",
        "wire-sport 1",
        "seconds 8.4",
        "accounted for all",
    ]


def test_the_summary_says_what_is_not_accounted_for() -> None:
    assert shown(tally(3, disposition(0), disposition(0)))[-1] == "accounted for 2 missing, 1 repeated"
