"""`replay run` from end to end: name it, claim it, pass the range through the pipeline, close the books."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.replay_run import ReplayRun
from schemas.topics import ARTICLES_RAW, REPLAY_RUNS, replay_dead_letters, replay_enriched
from streams.broker.admin import create_topics, list_topics
from streams.broker.connection import topic_name
from streams.desk.routing import Routing, load_routing
from streams.engine.partitions import partition_count
from streams.engine.pool import Pool
from streams.errors import SettingsError
from streams.replay.passage import Breakage, Passage, Watch
from streams.replay.plan import Request, default_name
from streams.replay.runs import claim_run, find_run
from streams.replay.survey import plan_ranges
from streams.settings import Settings

__all__ = ["Order", "Report", "replay"]

UNNAMED = "unnamed"
DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be replayed: a range, a run to go on with by its name, or a range under a name of one's own."""

    request: Request | None
    run: str | None = None
    accept_lost: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A run that is complete. The counts are of this process; an earlier one may have done the rest."""

    run: ReplayRun
    counts: Mapping[str, int]
    seconds: float


async def replay(settings: Settings, order: Order, *, pool: Pool, broken: Breakage, watch: Watch) -> Report:
    """Pass a range of `articles-raw` through the pipeline into the topics of its run, each record exactly once.

    Ends when the range does. Whatever ends it earlier, the same order takes the run up where its last
    transaction left it. Live topics and the live group are only read.

    Args:
        settings: the installation.
        order: what is to be replayed.
        pool: started; its fatal errors must be told to `broken`.
        broken: ends the run when it is told of anything.
        watch: is told how far the run is.

    Raises:
        SettingsError: the order cannot be carried out, or not as the run that has this name.
        InvariantError: another process took the run over, or Kafka has forgotten its progress.
        BrokerError: the broker cannot be reached, or refused.
    """
    began = time.monotonic()
    routing = load_routing(settings.routes_file)
    draft = await _draft(settings, order, routing, pool)
    stored = await find_run(settings, draft.run)
    if stored is None:
        await _create_topics(settings, draft.run)
    else:
        await _refuse_broken(settings, stored, draft)
    if stored is not None and stored.status == "done":
        return Report(stored, {}, time.monotonic() - began)
    passage = Passage(settings, routing=routing, pool=pool, broken=broken, watch=watch)
    run, counts = await _carry_out(settings, draft, passage, accept_lost=order.accept_lost)
    return Report(run, counts, time.monotonic() - began)


async def _carry_out(
    settings: Settings, draft: ReplayRun, passage: Passage, *, accept_lost: bool
) -> tuple[ReplayRun, Counter[str]]:
    async with claim_run(settings, draft.run) as claim:
        # Asked once more: from here on nobody else can write it.
        run = await find_run(settings, draft.run) or draft
        _refuse_unlike(run, draft)
        if run is draft:
            await claim.store(run, {each.partition: each.start for each in run.ranges})
        counts = await passage.go(run, claim.producer, accept_lost=accept_lost)
        done = run.model_copy(update={"status": "done"})
        await claim.store(done, {each.partition: each.end for each in run.ranges})
    return done, counts


async def _draft(settings: Settings, order: Order, routing: Routing, pool: Pool) -> ReplayRun:
    """The run that is ordered. A range that cannot be had is known before the models are loaded."""
    partitions = await partition_count(settings, ())
    known = await find_run(settings, order.run) if order.run else None
    if known is not None:
        ranges, requested = known.ranges, str(order.request or known.requested)
    elif order.request is not None:
        ranges = await plan_ranges(settings, order.request, partitions, accept_lost=order.accept_lost)
        requested = str(order.request)
    else:
        raise SettingsError(f"there is no replay {order.run!r}; to begin one, say --from")
    draft = ReplayRun(
        run=order.run or UNNAMED,
        topic=topic_name(settings, ARTICLES_RAW),
        output=topic_name(settings, replay_enriched(order.run or UNNAMED)),
        ranges=ranges,
        pipeline=await pool.ready(),
        rules=routing.rules,
        requested=requested,
        created_at=datetime.now(UTC),
        status="running",
    )
    return draft if order.run or order.request is None else _named(settings, order.request, draft)


def _named(settings: Settings, request: Request, draft: ReplayRun) -> ReplayRun:
    name = default_name(request, draft)
    return draft.model_copy(update={"run": name, "output": topic_name(settings, replay_enriched(name))})


async def _create_topics(settings: Settings, run: str) -> None:
    outputs = (replay_enriched(run), replay_dead_letters(run))
    await create_topics(settings, (REPLAY_RUNS, *outputs))
    await partition_count(settings, outputs)


async def _refuse_broken(settings: Settings, stored: ReplayRun, draft: ReplayRun) -> None:
    _refuse_unlike(stored, draft)
    # Made anew they would lack what was written before.
    outputs = (replay_enriched(stored.run), replay_dead_letters(stored.run))
    if len(await list_topics(settings, outputs)) < len(outputs):
        raise SettingsError(f"the topics of replay {stored.run} are gone; replay the range under another --run")


def _refuse_unlike(stored: ReplayRun, draft: ReplayRun) -> None:
    """A run is one range under one pipeline and one set of wires; half of each would be neither."""
    name, other = stored.run, "or give this one a --run of its own"
    if stored.requested != draft.requested:
        raise SettingsError(
            f"replay {name} is of {stored.requested}, not {draft.requested}: leave its range out, {other}"
        )
    if stored.pipeline != draft.pipeline:
        was, now = stored.pipeline[:DIGEST_CHARS], draft.pipeline[:DIGEST_CHARS]
        raise SettingsError(f"replay {name} was begun by pipeline {was}, this is {now}: use the former, {other}")
    if stored.rules != draft.rules:
        raise SettingsError(f"replay {name} was begun with other wires: use that routing file, {other}")
