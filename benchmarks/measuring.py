"""Measuring contestants in turn, so that noise hits all alike.

Times are those of the processor: all work is done in memory, and nobody waits for anything.
"""

import gc
import json
import math
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import linear_regression, median
from time import process_time
from typing import Any, NamedTuple, Protocol

Call = Callable[[], Any]

BATCH_SECONDS = 0.02
"""About how long a batch takes: much longer than the clock's error."""

MOST_CALLS = 2000
"""How many calls a batch has at most."""


class Sample(NamedTuple):
    """One batch: processor seconds per call, and the total of the last call, in cents."""

    seconds: float
    total: int | None


class Contestant(Protocol):
    """What does the work of a workload again and again."""

    def batch(self, calls: int) -> Sample:
        """Do it `calls` times; what has to be there before is made before the clock starts."""
        ...


class Local:
    """A contestant of this process: `make(n)` prepares n calls, `total` reads what one gave."""

    def __init__(
        self, make: Callable[[int], Sequence[Call]], total: Callable[[Any], int | None]
    ) -> None:
        self.make = make
        self._total = total

    def batch(self, calls: int) -> Sample:
        """Do it `calls` times."""
        prepared = self.make(calls)
        result = None
        gc.collect()  # of what was made before, and not on the time of these calls
        start = process_time()
        for call in prepared:
            result = call()
        seconds = (process_time() - start) / calls
        return Sample(seconds, self._total(result))


class Peer:
    """A library that is measured in a process and an environment of its own.

    The process reads lines such as `["W1", 20]` and answers each with `[seconds, total]`.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (a module of this package)
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def on(self, name: str) -> "PeerOn":
        """Return the contestant that it is on a workload."""
        return PeerOn(self, name)

    def ask(self, name: str, calls: int) -> Sample:
        """Have it measure.

        Raises:
            RuntimeError: it ended instead of answering; it said why on its standard error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([name, calls]), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            message = f"the peer {self._process.args!r} ended without an answer"
            raise RuntimeError(message)
        return Sample(*json.loads(answer))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class PeerOn:
    """A peer on one workload."""

    def __init__(self, peer: Peer, name: str) -> None:
        self._peer = peer
        self._name = name

    def batch(self, calls: int) -> Sample:
        """Do it `calls` times."""
        return self._peer.ask(self._name, calls)


class Figures(NamedTuple):
    """Seconds per call over all batches; `calls` in all."""

    median: float
    minimum: float
    p90: float
    calls: int
    total: int | None


def measure(
    contestants: Mapping[str, Contestant], *, rounds: int, at_most: float
) -> dict[str, Figures]:
    """Let each contestant do one batch a round.

    A contestant that has taken `at_most` seconds has no further turn.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in contestants}
    calls = {name: _calls(each) for name, each in contestants.items()}
    for turn in range(rounds):
        names = list(contestants)
        names = names[turn % len(names) :] + names[: turn % len(names)]  # no one is always first
        for name in names:
            found = samples[name]
            if sum(each.seconds for each in found) * calls[name] < at_most:
                found.append(contestants[name].batch(calls[name]))
    return {name: _figures(found, calls[name]) for name, found in samples.items()}


def _calls(contestant: Contestant) -> int:
    """How many calls make a batch, after one to warm up."""
    seconds = contestant.batch(1).seconds
    if seconds < 1:
        seconds = contestant.batch(1).seconds
    return max(1, min(MOST_CALLS, int(BATCH_SECONDS / seconds)))


def _figures(samples: Sequence[Sample], calls: int) -> Figures:
    seconds = sorted(each.seconds for each in samples)
    return Figures(
        median=median(seconds),
        minimum=seconds[0],
        p90=seconds[len(seconds) * 9 // 10],
        calls=calls * len(samples),
        total=samples[-1].total,
    )


def exponent(sizes: Iterable[int], seconds: Iterable[float]) -> float:
    """The power of the size that the time grows with: 1 is linear, 0 is not at all."""
    return linear_regression(
        [math.log(size) for size in sizes], [math.log(each) for each in seconds]
    ).slope


def shown(seconds: float) -> str:
    """A time, as it stands in a table."""
    for unit, in_seconds in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= in_seconds:
            return f"{seconds / in_seconds:.2f} {unit}"
    return f"{seconds * 1e6:.1f} µs"
