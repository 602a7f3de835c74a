"""What every model of the contract has in common."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

__all__ = ["Digest", "Ratio", "Timestamp", "Written"]


class Written(BaseModel):
    """A record, or part of one, that we write: frozen, and a field nobody declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


Timestamp = AwareDatetime
"""An RFC 3339 instant with its offset; a time without one is refused, since nobody can order it."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A sha256 in lower-case hexadecimal."""

Ratio = Annotated[float, Field(ge=0, le=1), PlainSerializer(lambda value: round(value, 4), return_type=float)]
"""A float from 0 to 1, written with 4 places so that equal results are equal bytes."""
