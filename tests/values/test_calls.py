"""Functions that cartcore is given are done when they return: others are refused (HA-5)."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial, wraps
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest
from moneyed import Money

from cartcore import OrderDesk, Product, Store, Variant
from cartcore.adapters.composed import ComposedStorage
from cartcore.adapters.host import HostStorage
from cartcore.adapters.memory import MemoryStorage
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.adapters.sqlite_backup import back_up
from cartcore.administration import Administration
from cartcore.errors import BulkStopped, InvalidField
from cartcore.values.calls import is_asynchronous, runs_when_called, still_to_run


async def later(*_: object) -> None:
    """Never runs by being called."""


def step_by_step(*_: object) -> Iterator[None]:
    """Never runs by being called."""
    yield


async def stream(*_: object) -> AsyncIterator[None]:
    """Never runs by being called."""
    yield


class Later:
    """An object that is called, and would have to be awaited."""

    async def __call__(self, *_: object) -> None: ...

    async def method(self, *_: object) -> None: ...

    def steps(self, *_: object) -> Iterator[None]:
        """Yield."""
        yield


NEVER_RUN = [
    *(later, step_by_step, stream, Later(), Later().method, Later().steps),
    *(partial(later, 1), partial(Later(), 1), partial(partial(step_by_step), 1), AsyncMock()),
]


@wraps(later)
def waits(*_: object) -> None:
    """Looks like an asynchronous function, and runs one to its end."""
    asyncio.run(later())


class Ordinary:
    """An object that is called."""

    def __call__(self, *_: object) -> None: ...

    def method(self, *_: object) -> None: ...


@pytest.mark.parametrize("function", NEVER_RUN)
def test_what_does_not_run_by_being_called_is_known(function: Callable[..., Any]) -> None:
    """Functions, methods, partials and objects: asynchronous ones and generators (HA-5)."""
    assert not runs_when_called(function)


@pytest.mark.parametrize(
    "function", [print, waits, Ordinary(), Ordinary().method, Ordinary, partial(print), MagicMock()]
)
def test_ordinary_functions_run(function: Callable[..., Any]) -> None:
    """Built-in functions, classes and wrappers that wait for something run when called (HA-5)."""
    assert runs_when_called(function)
    assert not is_asynchronous(function)


@pytest.mark.parametrize(
    "make",
    [
        *(later, step_by_step, stream, Later(), partial(later)),
        lambda: (each for each in [1]),
        lambda: map(print, [1]),
        lambda: filter(print, [1]),
    ],
)
def test_what_has_not_run_is_known_by_its_answer(make: Callable[..., Any]) -> None:
    """Coroutines, generators, map and filter: nobody runs them, and Python does not warn (HA-5)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "which nobody runs" in still_to_run(make())


@pytest.mark.parametrize("answer", [None, 1, "text", [1], iter([1]), MagicMock(), Ordinary()])
def test_other_answers_are_not_looked_at(answer: object) -> None:
    """What a function that is told something returns beside that does not matter (HA-5)."""
    assert "" == still_to_run(answer)


def office() -> Administration:
    """The administration of a shop with one product."""
    made = Administration(MemoryStorage(), country="US")
    mug = Variant(sku="MUG", price=Money("9.90", "USD"))
    made.create_product(Product(id="mug", title="Mug", variants=(mug,)))
    return made


def same(product: Product) -> Product:
    """Return a product as it is."""
    return product


@pytest.mark.parametrize("function", [later, step_by_step, stream, Later()])
def test_they_are_refused_wherever_a_function_is_given(function: Any, tmp_path: Path) -> None:
    """Clocks, ids, connections, ports, changes and progress: each is told by its name (HA-5)."""
    storage, store = MemoryStorage(), Store(currency="USD")
    given: dict[str, Callable[[], object]] = {
        "clock": lambda: OrderDesk(storage, store, clock=function),
        "new_id": lambda: OrderDesk(storage, store, new_id=function),
        "between": lambda: Administration(storage, between=function),
        "change": lambda: office().change_products(function),
        "progress": lambda: office().change_products(same, progress=function),
        "products": lambda: ComposedStorage(storage, products=function),
        "connect": lambda: HostStorage(function),
    }
    for name, give in given.items():
        with pytest.raises(InvalidField, match=f"^{name} must be a function that is done when"):
            give()
    with pytest.raises(InvalidField, match=r"^progress must be"):
        back_up(tmp_path / "a", tmp_path / "b", progress=function)


def test_progress_that_a_lambda_hides_is_told(tmp_path: Path) -> None:
    """Nobody is left to think that it was told: the error names what was given (HA-5, HA-9)."""
    with pytest.raises(InvalidField, match=r"^progress must be .*, not <coroutine"):
        office().change_products(same, progress=lambda done, of: later())
    SQLiteStorage(tmp_path / "shop.sqlite").close()
    with pytest.raises(InvalidField, match=r"^progress must be .*, not <generator"):
        back_up(
            tmp_path / "shop.sqlite",
            tmp_path / "copy.sqlite",
            progress=lambda done, of: step_by_step(),  # type: ignore[arg-type]
        )
    assert not (tmp_path / "copy.sqlite").exists()


def test_a_change_that_a_lambda_hides_stops() -> None:
    """A change that returns a coroutine changes nothing, and is told as any wrong answer (HA-9)."""
    with pytest.raises(BulkStopped, match="what the change returns must be"):
        office().change_products(lambda product: later())  # type: ignore[arg-type,return-value]
