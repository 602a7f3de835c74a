"""Real processes, and records that kill them, hang in them or fail."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from schemas.dead_letter import DeadLetter
from streams.engine.pool import Pool, PoolSpec
from streams.engine.work import Enriched, Result
from streams.errors import SettingsError
from streams.nlp.load import ModelSpec
from streams.records import Record
from tests.engine.alive import is_alive
from tests.engine.built import raw_record

ROOT = Path(__file__).parents[2]
POISONED = ROOT / "tests" / "faults" / "poisoned"
MODELS = ModelSpec("poisoned_sm")
BUDGET_SECONDS = 2
DEADLINE_SECONDS = 60

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def running(spec: PoolSpec) -> AsyncIterator[Pool]:
    """A pool that nothing fatal happens to."""
    fatal: list[BaseException] = []
    pool = Pool(spec, on_fatal=fatal.append)
    pool.start()
    try:
        yield pool
    finally:
        await pool.stop()
    assert not fatal


def spec(*, models: ModelSpec = MODELS, processes: int = 2, batch_records: int = 32) -> PoolSpec:
    return PoolSpec(models, 1, processes, batch_records, BUDGET_SECONDS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    """Two processes whose models break on magic words; its fork server is the one of all pools here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(POISONED)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(POISONED), str(ROOT)]))
        async with running(spec()) as pool:
            await pool.ready()
            yield pool


def records(*bodies: str) -> list[Record]:
    return [
        raw_record(offset, article_id=f"urn:a:{offset}", body=body, language="en") for offset, body in enumerate(bodies)
    ]


async def results_of(pool: Pool, these: Sequence[Record]) -> list[Result]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        return await asyncio.gather(*map(pool.submit, these))


GOOD = "The prime minister arrived in London on Monday."
DEADLY = "In Paris they say that KILLTHEPROCESS does it."
HANGING = "In Paris they say that HANGTHEPROCESS does it."


async def test_every_record_gets_the_result_that_is_its_own(pool: Pool) -> None:
    results = await results_of(pool, records(*[GOOD] * 100))
    assert [result.summary.article_id for result in results if isinstance(result, Enriched)] == [
        f"urn:a:{offset}" for offset in range(100)
    ]


async def test_a_record_that_kills_its_process_is_a_dead_letter_and_its_neighbours_are_not(pool: Pool) -> None:
    before = pool.broken_count
    results = await results_of(pool, records(GOOD, GOOD, DEADLY, GOOD, GOOD, GOOD))
    letter = results.pop(2)
    assert isinstance(letter, DeadLetter)
    assert (letter.stage, letter.error, letter.attempts, letter.offset) == ("process", "ProcessDied", 2, 2)
    assert letter.message == "the process ended while processing (exit code -9)"
    assert letter.pipeline == await pool.ready()
    assert all(isinstance(result, Enriched) for result in results)
    assert pool.broken_count == before + 2


async def test_a_record_that_hangs_is_a_dead_letter_and_holds_up_nobody_meanwhile(pool: Pool) -> None:
    hanging = pool.submit(records(HANGING)[0])
    await asyncio.sleep(0.1)
    assert not pool.withdraw(hanging)
    results = await results_of(pool, records(GOOD, GOOD))
    assert all(isinstance(result, Enriched) for result in results)
    assert not hanging.done()
    letter = await asyncio.wait_for(hanging, DEADLINE_SECONDS)
    assert isinstance(letter, DeadLetter)
    assert (letter.stage, letter.error, letter.attempts) == ("process", "TimeBudgetExceeded", 2)
    assert letter.message == "processing took longer than 2 s"


async def test_a_stage_that_fails_costs_no_process(pool: Pool) -> None:
    before = pool.process_ids
    [letter] = await results_of(pool, records("In Paris they say that FAILTHESTAGE does it."))
    assert isinstance(letter, DeadLetter)
    assert (letter.stage, letter.error, letter.attempts) == ("entities", "RuntimeError", 1)
    assert pool.process_ids == before


async def test_a_process_that_somebody_kills_is_replaced(pool: Pool) -> None:
    for process_id in pool.process_ids:
        os.kill(process_id, signal.SIGKILL)
    results = await results_of(pool, records(*[GOOD] * 6))
    assert all(isinstance(result, Enriched) for result in results)


async def test_what_no_process_has_taken_can_be_taken_back(pool: Pool) -> None:
    taken, back = map(pool.submit, records(GOOD, DEADLY))
    broken = pool.broken_count
    assert pool.withdraw(back)
    assert back.cancelled()
    assert not pool.withdraw(back)
    assert isinstance(await asyncio.wait_for(taken, DEADLINE_SECONDS), Enriched)
    assert not pool.withdraw(taken)
    assert pool.broken_count == broken


@pytest.mark.usefixtures("pool")
async def test_results_are_the_same_however_records_are_batched() -> None:
    mixed = records(GOOD, "", DEADLY, "Rain in Geneva. FAILTHESTAGE", GOOD * 50, "Reuters said so in Ohio.", GOOD)
    found = []
    for processes, batch_records in ((1, 1), (1, 32), (2, 3)):
        async with running(spec(processes=processes, batch_records=batch_records)) as other:
            found.append(await results_of(other, mixed))
    assert found[0] == found[1] == found[2]
    assert [type(result) for result in found[0]].count(DeadLetter) == 2


@pytest.mark.usefixtures("pool")
async def test_a_list_of_own_entities_that_changes_is_read_again_and_a_broken_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.toml"
    own = '[[entity]]\nname = "Unital Widgets"\ntype = "organisation"\nqid = "{}"\n'
    texts = [own.format("Q41"), own.format("Q42"), "[[entity", own.format("Q43")]
    [article] = records("In London the prime minister met Unital Widgets on Monday.")
    path.write_text(texts[0])
    seen = []
    async with running(spec(models=replace(MODELS, knowledge_file=str(path)), processes=1)) as pool:
        for text in texts:
            path.write_text(text)
            [result] = await results_of(pool, [article])
            assert isinstance(result, Enriched)
            written = json.loads(result.value)
            seen.append(
                ([each["qid"] for each in written["entities"] if "Unital" in each["name"]], written["pipeline"])
            )
    assert [qids for qids, _ in seen] == [["Q41"], ["Q42"], ["Q42"], ["Q43"]]
    assert len({pipeline for _, pipeline in seen}) == 3, "a record says which list made it"
    assert "own.toml:1: not TOML" in capsys.readouterr().out


@pytest.mark.usefixtures("pool")
async def test_rules_that_change_hold_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    rule = '[[rule]]\nname = "r"\nadd = ["medtop:{}"]\nterms = ["London"]\n'
    [article] = records("In London the prime minister met the king on Monday.")
    path.write_text(rule.format("15000000"))
    async with running(spec(models=replace(MODELS, rules_file=str(path)), processes=1)) as pool:
        seen = []
        for code in ("15000000", "17000000"):
            path.write_text(rule.format(code) + "# another\n" * (code == "17000000"))
            [result] = await results_of(pool, [article])
            assert isinstance(result, Enriched)
            written = json.loads(result.value)
            ruled = [each["code"] for each in written["subjects"] if each["made_by"] == "rule"]
            seen.append((ruled, written["pipeline"], written["provenance"]["subjects"]["model"]))
    assert [ruled for ruled, *_ in seen] == [["medtop:15000000"], ["medtop:17000000"]]
    assert len({pipeline for _, pipeline, _ in seen}) == len({model for *_, model in seen}) == 2


async def test_missing_models_are_said_in_one_line() -> None:
    pool = Pool(spec(models=ModelSpec("no_such_model"), processes=1), on_fatal=pytest.fail)
    pool.start()
    with pytest.raises(SettingsError, match=r"\A[^\n]*no_such_model[^\n]*\Z"):
        await asyncio.wait_for(pool.ready(), DEADLINE_SECONDS)
    await pool.stop()


@pytest.mark.usefixtures("pool")
async def test_stopping_leaves_no_process_and_cancels_what_waits() -> None:
    async with running(spec()) as pool:
        await results_of(pool, records(*[GOOD] * 4))
        processes = [psutil.Process(process_id) for process_id in pool.process_ids]
        assert len(processes) == 2
        waiting = [pool.submit(each) for each in records(*[GOOD] * 4)]
    await until(lambda: not any(map(is_alive, processes)))
    assert all(future.cancelled() for future in waiting)


@pytest.mark.usefixtures("pool")
async def test_stopping_while_processes_start_leaves_none_either() -> None:
    before = family()
    for tenths in range(0, 300, 5):
        async with running(spec()):
            await asyncio.sleep(tenths / 10_000)
    await until(lambda: not family() - before)


def family() -> set[psutil.Process]:
    return {process for process in psutil.Process().children(recursive=True) if is_alive(process)}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 - a process that ends tells nobody
            await asyncio.sleep(0.05)
