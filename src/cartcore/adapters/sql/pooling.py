"""How many connections a storage keeps, and has at once (HA-15)."""

from typing import Any

from sqlalchemy.pool import QueuePool

from cartcore.errors import InvalidField

POOL_SIZE = 5
"""How many connections are kept for the next units of work unless asked otherwise."""

_MOST = 10_000


def pooling(pool_size: object, max_connections: object, timeout: float) -> dict[str, Any]:
    """The options of an engine for its pool.

    Args:
        pool_size: how many connections are kept when nobody uses them.
        max_connections: how many there are at most; None for as many as are needed.
        timeout: how many seconds to wait for one of the most.

    Raises:
        InvalidField: no whole numbers from 1, or fewer at most than are kept.
    """
    kept = _number("pool_size", pool_size, 1)
    most = (
        kept - 1 if max_connections is None else _number("max_connections", max_connections, kept)
    )
    return {
        "poolclass": QueuePool,
        "pool_size": kept,
        "max_overflow": most - kept,  # -1 for as many as are needed
        "pool_timeout": timeout,
    }


def _number(name: str, value: object, least: int) -> int:
    if type(value) is not int or not least <= value <= _MOST:
        raise InvalidField(name, value, f"a whole number from {least} to {_MOST}")
    return value
