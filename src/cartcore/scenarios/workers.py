"""Who prices: other processes of this machine, or the workers of a Dask cluster (SC-4)."""

import gc
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from typing import Any, Protocol

from cartcore.errors import InvalidField
from cartcore.scenarios.arguments import read_as
from cartcore.values.converters import positive_int
from cartcore.values.readers import has_method

_PACKAGES = ("cartcore", "polars")
"""What has to be of one version everywhere: the arithmetic, and the frames that are sent."""

_NOT_STARTED = (
    "1 in a script that does not guard its entry with `if __name__ == '__main__'`, or where a "
    "process was killed, as when memory runs out"
)
_DEFINED_HERE = (
    "1 for a type that is defined in a notebook: put it in a module, which other processes can "
    "import"
)


class Cluster(Protocol):
    """A client of a Dask cluster, as `distributed.Client` is."""

    def get_executor(self, **options: Any) -> Any:
        """Return what takes tasks."""
        ...

    def ncores(self) -> Any:
        """Return how many threads each worker has."""
        ...

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function on every worker."""
        ...


def workers_of(value: object) -> int | Cluster:
    """Return a number of processes, or a cluster. Raises InvalidField for anything else."""
    if has_method(value, "get_executor") and has_method(value, "ncores"):
        cluster: Cluster = value  # type: ignore[assignment]
        return cluster
    return read_as("workers", positive_int, value) or 1


def spread(tasks: Iterable[tuple[Any, ...]], workers: int | Cluster) -> Iterator[Any]:
    """Have tasks done elsewhere: a function with its arguments each; yield what they return.

    In the order of the tasks, of which no more are under way than keep all busy.

    Raises:
        InvalidField: a worker of a cluster has another version of cartcore or Polars, or other
            processes of this machine cannot be started or sent the tasks.
    """
    if isinstance(workers, int):
        # Spawned, not forked: Polars has threads.
        pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
        try:
            yield from _in_order(pool, (_sendable(task, workers) for task in tasks), 2 * workers)
        except BrokenProcessPool as error:
            raise InvalidField("workers", workers, _NOT_STARTED) from error
        return
    own = versions()
    found: Mapping[str, object] = workers.run(versions)
    for name, theirs in found.items():
        if theirs != own:
            raise InvalidField(f"workers[{name}]", theirs, f"of the versions {own}")
    threads = sum(workers.ncores().values())
    if not threads:
        raise InvalidField("workers", "a cluster without workers", "one that has some")
    # Not pure: a task is not looked for among former ones by a digest of all its columns.
    checked = ((_of_version, own, *task) for task in tasks)
    yield from _in_order(workers.get_executor(pure=False), checked, 2 * threads)


def _sendable(task: tuple[Any, ...], workers: int) -> tuple[Any, ...]:
    """Return a task that other processes can be sent. Raises InvalidField for another one.

    By itself a pool would break, or wait for ever, and say nothing of the reason.
    """
    try:
        sent = pickle.dumps(task)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        expected = f"1 for promotions that other processes cannot be sent ({error})"
        raise InvalidField("workers", workers, expected) from error
    if b"__main__" in sent and not hasattr(sys.modules["__main__"], "__file__"):
        raise InvalidField("workers", workers, _DEFINED_HERE)
    return (_unpacked, sent)


def _unpacked(sent: bytes) -> Any:
    """Do a task in another process."""
    work, *arguments = pickle.loads(sent)  # noqa: S301  (of the process that started this one)
    return work(*arguments)


def _in_order(pool: Executor, tasks: Iterable[tuple[Any, ...]], most: int) -> Iterator[Any]:
    waiting: list[Future[Any]] = []
    try:
        for task in tasks:
            with _one_thread_each():
                waiting.append(pool.submit(*task))
            if len(waiting) > most:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
    finally:
        for each in waiting:
            each.cancel()
        pool.shutdown(wait=isinstance(pool, ProcessPoolExecutor))


@cache
def versions() -> str:
    """The versions that have to be the same everywhere."""
    return ", ".join(f"{name} {version(name)}" for name in _PACKAGES)


def _of_version(expected: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """Do a task, unless this worker joined late and is of another version."""
    own = versions()
    if own != expected:
        raise InvalidField("workers", own, f"of the versions {expected}")
    return work(*arguments)


@contextmanager
def without_collector() -> Iterator[None]:
    """Have the cyclic collector rest: what is made here has no cycles, and a great deal is made."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Have processes that start here go with one thread of Polars, as each has but one core."""
    name = "POLARS_MAX_THREADS"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before
