"""What can go wrong, split by what the caller does about it.

StreamsError                 retriable
├── WireError                no   a source sent bytes we cannot read    -> dead letter
├── ContractError            no   a record does not fit its schema      -> dead letter
├── MisroutedError           no   a record lies on the wrong partition  -> dead letter
├── StageError(stage)        no   a stage failed on a valid article     -> dead letter
├── SettingsError            no   what the user configured cannot work  -> one line, exit 2
├── InvariantError           no   exactly-once could be broken          -> the process ends
├── SourceError              yes  a fetch failed                        -> back off, try again
└── BrokerError              yes  Kafka refused or timed out            -> aiokafka retries, then the process ends
"""

__all__ = [
    "BrokerError",
    "ContractError",
    "InvariantError",
    "MisroutedError",
    "SettingsError",
    "SourceError",
    "StageError",
    "StreamsError",
    "WireError",
]


class StreamsError(Exception):
    """Every error of ours; its message is one line a person can act on."""

    retriable = False


class WireError(StreamsError):
    """A source sent bytes we cannot read."""


class ContractError(StreamsError):
    """A record does not fit its schema."""


class MisroutedError(StreamsError):
    """A record's key does not hash to its partition, or is not its article_id."""


class StageError(StreamsError):
    """An enrichment stage failed on a valid article; the cause is chained."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage


class SettingsError(StreamsError):
    """What the user configured cannot work; the message says what to change."""


class InvariantError(StreamsError):
    """Going on could lose or repeat a record, so the process must end."""


class SourceError(StreamsError):
    """A fetch failed and may work later."""

    retriable = True


class BrokerError(StreamsError):
    """Kafka refused or timed out."""

    retriable = True
