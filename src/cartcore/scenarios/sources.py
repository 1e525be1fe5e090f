"""Whatever order lines come in, as one frame of Polars (SC-2)."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import ne
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from cartcore.errors import InvalidField

_EXPECTED = (
    "a data frame, an Arrow table, a list of dicts, or the path of a Parquet or CSV file that "
    "exists"
)


_UNREADABLE = (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What Polars raises for a source that it cannot read, such as one of a type that it lacks."""


def frame_of(source: object) -> pl.DataFrame:
    """Return the frame that a source has. Raises InvalidField where it has none."""
    try:
        frame = _frame_of(source)
    except _UNREADABLE as error:
        raise _unreadable(source, error) from error
    odd = [name for name, kind in frame.schema.items() if kind == pl.Object]
    frame = frame.with_columns(_column(name, frame[name].to_list()) for name in odd)
    return frame.with_columns(pl.col(_beyond_python(frame)).cast(pl.String))


def _beyond_python(frame: pl.DataFrame) -> list[str]:
    """The columns of times in years that Python's `datetime` lacks, in whatever zone."""
    dated = frame.select(cs.date() | cs.datetime())
    return [each.name for each in dated if not each.dt.year().is_between(2, 9998).all()]


def _frame_of(source: object) -> pl.DataFrame:
    if isinstance(source, pl.LazyFrame):
        return source.collect()
    if isinstance(source, pl.DataFrame):
        return source
    if isinstance(source, (str, os.PathLike)):
        return _file(Path(source))
    if isinstance(source, Mapping):
        return _columns({name: _values(name, values) for name, values in source.items()})
    if isinstance(source, (list, tuple)) and all(isinstance(row, Mapping) for row in source):
        names = dict.fromkeys(name for row in source for name in row)
        return _columns({name: [row.get(name) for row in source] for name in names})
    if hasattr(source, "__arrow_c_stream__"):
        return _arrow(source)
    raise InvalidField("source", source, _EXPECTED)


def _unreadable(source: object, error: BaseException) -> InvalidField:
    told = str(error).partition("\n")[0]
    value: object = type(source).__name__
    expected = f"readable ({told})"
    if isinstance(source, (str, os.PathLike)):
        value = str(source)
        expected += (
            "; what needs other options can be read by Polars or pandas, and the frame given"
        )
    return InvalidField("source", value, expected)


def _values(name: object, values: object) -> list[Any]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidField(f"source[{name!r}]", values, "a list, or another column of values")
    return [*values]


def _file(path: Path) -> pl.DataFrame:
    suffixes = {suffix.lower() for suffix in path.suffixes}
    try:
        if ".parquet" in suffixes:
            return pl.read_parquet(path)
        if ".csv" in suffixes:  # as text: what looks like a number may be a SKU
            return pl.read_csv(path, infer_schema=False)
    except FileNotFoundError as error:
        raise InvalidField("source", str(path), _EXPECTED) from error
    raise InvalidField("source", str(path), _EXPECTED)


def _arrow(source: Any) -> pl.DataFrame:
    of_pandas = hasattr(source, "isna") and hasattr(source, "columns")
    try:
        frame = pl.DataFrame(source)
    except Exception:
        if not of_pandas:
            raise
        # A frame of pandas has columns of mixed types, and Arrow has not.
        if len({*source.columns}) < len(source.columns):
            expected = "a frame whose columns have different names"
            raise InvalidField("source", [*source.columns], expected) from None
        return _columns({str(name): _listed(source[name]) for name in source.columns})
    if not of_pandas:
        return frame
    # Of objects Arrow makes one kind of times, whether they have a zone or not.
    objects = [name for name, kind in source.dtypes.items() if kind.name == "object"]
    times = [each.name for each in frame.select(cs.datetime()) if each.name in objects]
    return frame.with_columns(_column(name, _listed(source[name])) for name in times)


def _listed(column: Any) -> list[Any]:
    return list(column.astype(object).where(column.notna(), None))


def _columns(columns: Mapping[Any, Sequence[Any]]) -> pl.DataFrame:
    made = [_column(name, values) for name, values in columns.items()]
    if len({len(each) for each in made}) > 1:
        raise InvalidField("source", [*columns], "columns of one length")
    return pl.DataFrame(made)


def _column(name: object, values: Sequence[Any]) -> pl.Series:
    if not isinstance(name, str):
        raise InvalidField("source", name, "columns with texts for names")
    values = [None if _is_nothing(value) else value for value in values]
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1 and list not in kinds and not _some_with_zone(values):
        try:
            column = pl.Series(name, values)
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            pass
        else:
            if column.dtype != pl.Object:
                return column
    if kinds == {list}:
        return pl.Series(name, [_texts(each) for each in values], dtype=pl.List(pl.String))
    # Of several types: as texts, so that one odd value does not cost the others.
    return pl.Series(name, [_text(each) for each in values], dtype=pl.String)


def _is_nothing(value: Any) -> bool:
    """Whether it is None, or NaN, NaT or NA, none of which is equal to itself."""
    if value is None:
        return True
    try:
        return bool(ne(value, value))
    except ValueError:  # of an array, which has no single answer
        return False
    except (TypeError, ArithmeticError):  # of NA, and of a signalling NaN
        return True


def _some_with_zone(values: Iterable[Any]) -> bool:
    """Whether some times have a zone and others have none, of which Polars would make one kind."""
    times = (value for value in values if isinstance(value, datetime))
    return len({time.tzinfo is None for time in times}) > 1


def _texts(values: Iterable[Any] | None) -> list[str | None] | None:
    return None if values is None else [_text(each) for each in values]


def _text(value: Any) -> str | None:
    if _is_nothing(value):
        return None
    # As columns of floats are read: 17850.0 is contact 17850.
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)
