"""A run's record as it must be: each field of its kind, every number finite, a configuration that is known here."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import BadInput
from core.exchange.files import read_json
from core.runs import RunConfig

_Words = Annotated[str, Field(max_length=200)]
_Name = Annotated[str, Field(max_length=4096)]
_Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Configuration(_Strict):
    """What decided what the run computed; fields as in `core.runs.RunConfig`."""

    fingerprint: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    dataset: _Name
    model: _Words
    sampling: _Words
    loss: _Words
    split: _Words
    folds: _Count
    params: dict[_Words, int | float]
    split_seed: _Count
    seed: _Count
    order: _Words
    version: _Count


class Record(_Strict):
    """What `config.json` holds; fields as in `core.runs.Run`."""

    config: Configuration
    created: float
    seconds: Annotated[float, Field(ge=0)]
    shown: _Count = 0
    copies_tested: Annotated[float, Field(ge=0, le=1)] = 0.0
    left_out: list[_Name] = []
    on_faces: bool = False

    @classmethod
    def read(cls, place: Path) -> "Record":
        """Return the record in a file.

        Raises:
            BadInput: a field is missing, unknown, or of another kind.
        """
        try:
            return cls.model_validate(read_json(place))
        except ValidationError as error:
            first = error.errors()[0]
            raise BadInput(f"{place.name}: {'.'.join(map(str, first['loc']))[:100]}: {first['msg'][:100]}.") from error


def configuration(record: Record) -> RunConfig:
    """Return the configuration in a record.

    Raises:
        BadInput: another version of this program wrote it, or it names a choice or a value that there is not.
    """
    config = RunConfig(**record.config.model_dump())
    if not 1 <= config.version <= RunConfig.version:
        raise BadInput(
            f"config.json is of version {config.version}, and this program knows 1 to {RunConfig.version}; update it."
        )
    try:
        config.check()
    except (BadInput, KeyError) as error:
        raise BadInput(f"config.json: {str(error).strip(chr(39))}") from error
    return config
