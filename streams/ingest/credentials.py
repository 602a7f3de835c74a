"""Who may push, and whether a request is from them."""

import hmac
import re
import stat
import time
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.errors import SettingsError
from streams.ingest.answers import RequestError, run
from streams.ingest.limits import ReplayWindow
from streams.toml_file import read_text

__all__ = ["Claim", "Credentials", "Source", "load_sources"]

log = structlog.get_logger(__name__)

_CLOCK_SECONDS = 300
_MOST_SIGNATURES = 500_000
"""100 bytes each, and enough for 1600 signed requests a second."""
_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Source:
    """Who may send: with a token, a secret to sign with, or either."""

    name: str
    requests_per_second: float
    token: bytes | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)


def load_sources(path: Path, *, requests_per_second: float) -> Mapping[str, Source]:
    """The sources of a TOML file, by name; a relative path in it counts from where it is.

    Args:
        path: of the file, a table `[sources.NAME]` for each.
        requests_per_second: of a source whose table does not say.

    Raises:
        SettingsError: one line that names what to change.
    """
    try:
        tables = _File.model_validate(tomllib.loads(read_text(path))).sources
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
    except ValidationError as error:
        raise SettingsError(f"{path}: {_complaint(error)}") from error
    if not tables:
        raise SettingsError(f"{path}: nobody may send; add a table [sources.NAME] with a token_file or a secret_file")
    sources = {name: _source(path, name, table, requests_per_second) for name, table in tables.items()}
    _refuse_shared(path, sources.values())
    return sources


class _Table(BaseModel):
    """One `[sources.NAME]` table as it may be written."""

    model_config = ConfigDict(extra="forbid")

    token_file: Path | None = None
    secret_file: Path | None = None
    requests_per_second: Annotated[float, Field(gt=0, le=1_000_000)] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    # It stands in a header of HTTP.
    sources: dict[Annotated[str, Field(pattern=r"^[!-~]+( [!-~]+)*$", max_length=200)], _Table] = {}


def _complaint(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    table, name, *keys = *map(str, problem["loc"]), "", ""
    where = f"[{table}.{name}]" if name else table
    key = next(filter(None, keys), "")
    if problem["type"] == "extra_forbidden":
        known = ", ".join((_Table if key else _File).model_fields)
        return f'{where}: unknown key "{key}"; there are {known}' if key else f'unknown key "{table}"; there is {known}'
    if key == "[key]":
        return f"{where}: a source's name is printable ASCII, 200 characters at most"
    return f"{where}: {key or 'it'} {problem['msg'].replace('Input should be', 'must be')}"


def _source(path: Path, name: str, table: _Table, requests_per_second: float) -> Source:
    where = f"{path}: [sources.{name}]"
    if table.token_file is None and table.secret_file is None:
        raise SettingsError(f"{where} needs a token_file or a secret_file")
    token = _secret(path, f"{where} token_file", table.token_file)
    if token is not None and len(token.split()) > 1:
        raise SettingsError(f"{where} token_file: the file must hold one token and nothing else")
    secret = _secret(path, f"{where} secret_file", table.secret_file)
    return Source(name, table.requests_per_second or requests_per_second, token, secret)


def _secret(path: Path, where: str, named: Path | None) -> bytes | None:
    if named is None:
        return None
    file = path.parent / named
    try:
        secret, mode = file.read_bytes().strip(), file.stat().st_mode
    except OSError as error:
        raise SettingsError(f"{where}: {file}: {(error.strerror or str(error)).lower()}") from error
    if not secret:
        raise SettingsError(f"{where}: {file} is empty")
    if mode & stat.S_IROTH:
        log.warning("others may read a secret: chmod o-r", file=str(file), mode=f"{stat.S_IMODE(mode):04o}")
    return secret


def _refuse_shared(path: Path, sources: Iterable[Source]) -> None:
    """Two sources with one secret could each send as the other."""
    owners: dict[bytes, str] = {}
    for source in sources:
        for secret in {source.token, source.secret} - {None}:
            owner = owners.setdefault(secret or b"", source.name)
            if owner != source.name:
                raise SettingsError(f"{path}: [sources.{owner}] and [sources.{source.name}] share a token or secret")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a request says it is from: proven by a token, or to be proven by a signature of its body."""

    source: Source
    timestamp: int = 0
    signed: bytes = b""
    """What the signature covers in front of the body."""
    signature: bytes | None = None

    def fits(self, body: bytes) -> bool:
        """Whether the signature is the source's, of this body."""
        made = hmac.new(self.source.secret or b"", self.signed, sha256)
        made.update(body)
        return hmac.compare_digest(made.digest(), self.signature or b"")


class Credentials:
    """Tells who sends. Tokens are compared by their hashes, so that not even a length shows in the time it takes."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._tokens = [(sha256(each.token).digest(), each) for each in sources.values() if each.token]
        self._signers = {each.name: each for each in sources.values() if each.secret}
        self.used = ReplayWindow(_CLOCK_SECONDS, _MOST_SIGNATURES)

    def claim(self, headers: Mapping[str, str]) -> Claim:
        """Who a request is from, as far as its header tells.

        Raises:
            RequestError: 401.
        """
        if "X-Copytaster-Signature" in headers:
            return self._signed(headers)
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        source = self._by_token(token.strip().encode("utf-8", "surrogateescape"))
        if scheme.lower() != "bearer" or source is None:
            raise _unauthorized("send Authorization: Bearer and your source's token, or the X-Copytaster- headers")
        return Claim(source)

    async def check(self, claim: Claim, body: bytes) -> None:
        """Return if the claim is proven, its signature used up.

        Raises:
            RequestError: 401, 409, or 503 when no more signatures can be remembered.
        """
        if claim.signature is None:
            return
        if not await run(len(body), claim.fits, body):
            raise _unauthorized(
                "the signature must be the hex HMAC-SHA256, with your source's secret, of timestamp, full stop and body"
            )
        if not self.used.has_room(time.time()):
            raise RequestError(503, "too many signed requests: send again later", retry_after=_CLOCK_SECONDS)
        if not self.used.use(claim.timestamp, claim.signature):
            raise RequestError(409, "this signature was used before: sign again with the current time")

    def forget(self, claim: Claim) -> None:
        """Let the same signed request come again, since this one was not taken."""
        if claim.signature is not None:
            self.used.forget(claim.timestamp, claim.signature)

    def _by_token(self, token: bytes) -> Source | None:
        given, found = sha256(token).digest(), None
        for known, source in self._tokens:  # all of them, or the time would tell which was right
            if hmac.compare_digest(given, known):
                found = source
        return found

    def _signed(self, headers: Mapping[str, str]) -> Claim:
        source = self._signers.get(headers.get("X-Copytaster-Source", ""))
        timestamp = headers.get("X-Copytaster-Timestamp", "")
        signature = _SIGNATURE.fullmatch(headers["X-Copytaster-Signature"])
        if source is None:
            raise _unauthorized("X-Copytaster-Source must name a source that has a secret here")
        if not _TIMESTAMP.fullmatch(timestamp) or not self.used.is_current(int(timestamp), time.time()):
            raise _unauthorized(
                f"X-Copytaster-Timestamp must be now in Unix seconds, {_CLOCK_SECONDS} s off at most: set your clock"
            )
        if signature is None:
            raise _unauthorized("X-Copytaster-Signature must be sha256= and 64 hexadecimal digits")
        return Claim(source, int(timestamp), f"{timestamp}.".encode(), bytes.fromhex(signature[1]))


def _unauthorized(todo: str) -> RequestError:
    return RequestError(401, f"not authenticated: {todo}", headers={"WWW-Authenticate": 'Bearer realm="copytaster"'})
