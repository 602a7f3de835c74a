"""The live worker: Faust finds the members, shares out the partitions and fetches; the engine does the rest.

Faust neither acknowledges nor commits here (`acks=False`): outputs and offsets share the engine's transactions.
`faust -A streams.live.app worker` finds `app`; all else calls `build_app`.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, cast

import faust
import structlog
from faust.types import StreamT, TopicT
from faust.types.tuples import Message
from mode.supervisors import CrashingSupervisor
from yarl import URL

from schemas.topics import ARTICLES_RAW
from streams.broker.connection import client_options, group_id, topic_name
from streams.desk.routing import load_routing
from streams.engine.committer import LEAVE_SECONDS
from streams.engine.ending import end_process
from streams.engine.lanes import Lanes
from streams.engine.outputs import live_outputs
from streams.engine.partitions import partition_count
from streams.engine.pool import Pool, PoolSpec
from streams.live.transport import FETCH_BYTES, LiveMembership, LiveTransport, assert_committed
from streams.logs import configure, logging_config
from streams.records import Header, Record
from streams.settings import Settings

__all__ = ["PURPOSE", "build_app", "run_worker"]

log = structlog.get_logger(__name__)

PURPOSE = "live"
MONTH_SECONDS = 30 * 24 * 60 * 60
"""Faust stops fetching when idle or held back, which aiokafka takes for death (kafka.md 3.2): never let it."""


class LiveApp(faust.App):
    """A Faust app whose records go through the engine."""

    is_open = False
    """Whether `pool` and `lanes` are there."""

    pool: Pool
    lanes: Lanes

    def __init__(self, settings: Settings, **options: Any) -> None:  # noqa: ANN401 - Faust's own options
        super().__init__(group_id(settings, PURPOSE), **options)
        self.settings = settings

    async def on_start(self) -> None:
        """Start the pool before joining the group: its models load while the group assembles."""
        with _end_on_error():
            settings, routing = self.settings, load_routing(self.settings.routes_file)
            partitions = await partition_count(settings, live_outputs(routing))
            self.pool = Pool(PoolSpec.of(settings, partitions), on_fatal=end_process)
            self.pool.start()
            self.lanes = Lanes(
                settings,
                routing=routing,
                pool=self.pool,
                group_id=group_id(settings, PURPOSE),
                membership=LiveMembership(self),
                on_fatal=end_process,
            )
            self.is_open = True
        await super().on_start()

    def _new_transport(self) -> LiveTransport:
        return LiveTransport(self.conf.broker_consumer, self, loop=self.loop, has_room=self._has_room)

    def _has_room(self, partition: int) -> bool:
        return self.lanes.has_room(partition)  # which are not there yet when the transport is made

    def _create_directories(self) -> None:
        """Nothing is kept on disk: there are no tables."""


def build_app(settings: Settings) -> LiveApp:
    """A Faust app that is ready to be started.

    Raises:
        SettingsError: the connection settings cannot work.
    """
    configure(settings.log_level, settings.log_format)
    app = LiveApp(settings, **_faust_settings(settings))
    raw = app.topic(
        topic_name(settings, ARTICLES_RAW),
        key_type=bytes,
        key_serializer="raw",
        value_type=bytes,
        value_serializer="raw",
        acks=False,
        internal=False,
    )
    _connect_signals(app)
    _add_agent(app, raw)
    return app


def run_worker(settings: Settings) -> NoReturn:
    """Run one worker until SIGTERM or Ctrl-C, then drain; ends the process.

    Raises:
        SettingsError: the settings cannot work.
    """
    import mode.loop

    mode.loop.use("uvloop")
    app = build_app(settings)
    app.finalize()
    worker = faust.Worker(
        app,
        quiet=True,
        loglevel=settings.log_level,
        redirect_stdouts=False,
        logging_config=logging_config(settings.log_level, settings.log_format),
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        # All is committed and closed by now. Faust's fetching thread may still be rejoining the group, and taking
        # the interpreter down under its event loop ends in a segmentation fault.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 0)
    raise AssertionError("Faust's worker returned")


def _connect_signals(app: LiveApp) -> None:
    """Faust awaits each of these: revoked inside the rebalance, complete before it seeks to the committed offsets."""

    @app.on_rebalance_complete.connect
    async def complete(*_: object, **__: object) -> None:
        with _end_on_error():
            assert_committed(app)
            await app.lanes.open({partition.partition for partition in app.consumer.assignment()})

    @app.on_partitions_revoked.connect
    async def revoked(*_: object, **__: object) -> None:
        with _end_on_error():
            await app.lanes.close()

    @app.on_before_shutdown.connect
    async def before_shutdown(*_: object, **__: object) -> None:
        if not app.is_open:
            return
        with _end_on_error():
            await app.lanes.close()
            await app.pool.stop()
        log.info("drained")
        _end_soon()


def _end_soon() -> None:
    """Bound what is left of the end: Faust's fetching thread waits for the broker however long it takes to answer."""
    timer = threading.Timer(LEAVE_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _add_agent(app: LiveApp, raw: TopicT) -> None:
    @app.agent(raw, name="articles", concurrency=1)
    async def articles(stream: StreamT[bytes]) -> None:
        with _end_on_error():
            async for event in stream.events():
                # Faust does not wait for us at a rebalance: what was fetched before it belongs to the next owner.
                if event.message.generation_id == app.consumer_generation_id:
                    app.lanes.accept(_record(event.message))


def _record(message: Message) -> Record:
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=round(message.timestamp * 1000),
        key=message.key,
        value=message.value,
        # Faust's own type allows a mapping here, its aiokafka driver passes the list on as it came.
        headers=tuple(cast(list[Header], message.headers or [])),
    )


@contextmanager
def _end_on_error() -> Iterator[None]:
    """Whatever fails in a callback of Faust's ends the process: Faust itself would log it and go on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        end_process(error)


def _faust_settings(settings: Settings) -> dict[str, Any]:
    """The settings of kafka.md 3.3; what commits, tables and the web server would need is off."""
    options = client_options(settings)
    return {
        "broker": [URL(f"kafka://{server}") for server in options["bootstrap_servers"]],
        "broker_credentials": _credentials(options),
        "broker_client_id": options["client_id"],
        "broker_session_timeout": settings.session_timeout_seconds,
        "broker_heartbeat_interval": settings.heartbeat_interval_seconds,
        "broker_rebalance_timeout": settings.rebalance_timeout_seconds,
        "broker_request_timeout": settings.request_timeout_seconds,
        "broker_max_poll_interval": MONTH_SECONDS,
        "broker_max_poll_records": settings.max_poll_records,
        "consumer_group_instance_id": settings.group_instance_id,
        "consumer_max_fetch_size": FETCH_BYTES,
        "consumer_auto_offset_reset": "earliest",
        "stream_buffer_maxsize": settings.stream_buffer_records,
        "stream_wait_empty": False,
        "agent_supervisor": CrashingSupervisor,
        "store": "memory://",
        "table_standby_replicas": 0,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "web_enabled": False,
        "worker_redirect_stdouts": False,
        "logging_config": logging_config(settings.log_level, settings.log_format),
    }


def _credentials(options: dict[str, Any]) -> faust.SASLCredentials | faust.SSLCredentials | None:
    if "sasl_mechanism" in options:
        return faust.SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=options["ssl_context"],
        )
    return faust.SSLCredentials(options["ssl_context"]) if options["ssl_context"] else None


def __getattr__(name: str) -> LiveApp:
    """Build `app` when Faust's own command asks for it; importing this module alone has no effect."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    app = build_app(Settings())
    globals()["app"] = app
    return app
