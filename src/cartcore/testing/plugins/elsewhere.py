"""Other processes that price, with other seeds for the hashes of texts.

A set of two texts has the same order under half of all seeds, so there are several of them.

`python -m cartcore.testing.plugins.elsewhere` reads a case a line, with where its types stand, and
writes the outcome of each.
"""

import atexit
import importlib
import importlib.util
import json
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import ModuleType
from typing import IO, Any
from zlib import crc32

import attrs

from cartcore.testing.plugins.cases import (
    Case,
    SpeedCase,
    parts,
    read,
    rulebook_of,
    serializer_for,
    serializer_of,
    types_in,
    written,
    written_outcome,
)
from cartcore.testing.plugins.watching import watched

_SEEDS = ("1", "2", "3", "4", "5")
_STARTING = 60.0
PATIENCE = 10.0
"""Seconds after which a process is ended that has not answered."""

Place = tuple[str, str, str]
"""Where a class stands: its module, the file of that, and its name."""


def place(kind: type) -> Place:
    """Where a class can be imported from. Raises ImportError for one inside a function."""
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None) or ""
    if "<locals>" in kind.__qualname__ or not file:
        raise ImportError(
            f"{kind.__qualname__} stands inside a function or in no file: another process cannot"
            " import it"
        )
    return kind.__module__, str(Path(file).resolve()), kind.__qualname__


def module_of(name: str, file: str) -> ModuleType:
    """Import a module by its name, or from its file where the name finds none or another."""
    with suppress(ImportError):
        found = importlib.import_module(name)
        if Path(found.__file__ or "").resolve() == Path(file):
            return found
    return module_from(Path(file), name)


def module_from(file: Path, name: str) -> ModuleType:
    """Import the module in a file. Raises ImportError."""
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def found_at(where: Place) -> Any:
    """The class that stands there."""
    value: Any = module_of(where[0], where[1])
    for name in where[2].split("."):
        value = getattr(value, name)
    return value


@attrs.frozen
class Answer:
    """What another process says of a case.

    Attributes:
        outcome: The outcome as JSON, or what went wrong.
        seconds: How long the longest call of the type took.
    """

    outcome: str
    seconds: float


class NoAnswer(Exception):
    """The other process had to be ended, or ended itself."""


class Elsewhere:
    """A process that prices what it is sent, and is ended where it takes too long.

    Args:
        seed: of its hashes of texts.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._last: tuple[str, Answer] | None = None
        self._begin()

    def _begin(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  (this same interpreter)
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "PYTHONHASHSEED": self._seed,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            text=True,
            encoding="utf-8",
        )
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, args=(self._process.stdout, self._lines), daemon=True).start()
        if not self._next(_STARTING):
            raise NoAnswer("another process could not be started")

    @staticmethod
    def _read(pipe: IO[str], lines: "Queue[str]") -> None:
        with suppress(ValueError):  # it was closed
            for line in pipe:
                lines.put(line)
        lines.put("")

    def _next(self, seconds: float) -> str:
        """The next line; empty where it ended. Raises Empty where it takes too long, twice.

        A machine that stood still for a while counts once.
        """
        try:
            return self._lines.get(timeout=seconds / 2)
        except Empty:
            return self._lines.get(timeout=seconds / 2)

    def ask(self, case: Case) -> Answer:
        """What it says of a case; asked once for each. Raises NoAnswer where it says nothing."""
        message = json.dumps(
            {
                "types": places(case),
                "path": sys.path,
                "speeds": isinstance(case, SpeedCase),
                "case": written(case),
            }
        )
        if self._last is None or self._last[0] != message:
            self._last = (message, self._asked(message))
        return self._last[1]

    def forget(self) -> None:
        """Ask anew, also for the same case."""
        self._last = None

    def _asked(self, message: str) -> Answer:
        pipe = self._process.stdin
        assert pipe is not None  # as it was opened
        pipe.write(f"{message}\n")
        pipe.flush()
        try:
            line = self._next(PATIENCE)
        except Empty:
            self._begin_anew()
            raise NoAnswer(f"it had not answered after {PATIENCE} s") from None
        if not line:
            status = self._process.wait()
            self._begin_anew()
            raise NoAnswer(f"it ended the process that asked it (exit status {status})")
        return Answer(**json.loads(line))

    def _begin_anew(self) -> None:
        self.close()
        self._begin()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def elsewhere(case: Case) -> Elsewhere:
    """The other process that is asked of a case: each is started once.

    It is always the same one for a case, so that what fails there fails again.
    """
    own = os.environ.get("PYTHONHASHSEED")
    seeds = [seed for seed in _SEEDS if seed != own][:4]
    return _with_seed(seeds[crc32(written(case).encode()) % len(seeds)])


@cache
def _with_seed(seed: str) -> Elsewhere:
    process = Elsewhere(seed)
    atexit.register(process.close)
    return process


def places(case: Case) -> list[Place]:
    """Where the types of a case stand, but for the built-in ones.

    Raises:
        ImportError: another process cannot import one.
    """
    built_in = rulebook_of().origins
    types = dict.fromkeys(types_in(parts(case)))
    return [place(kind) for kind in types if kind.type_name not in built_in]


def outcomes(case: Case) -> tuple[str, str]:
    """The outcome of a case here and in another process, as JSON."""
    return written_outcome(case, serializer_of(case)), elsewhere(case).ask(case).outcome


def main() -> None:
    """Price what comes in."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a plugin may print

    def tell(message: object) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    types: dict[Place, Any] = {}
    tell("ready")
    for line in sys.stdin:
        seconds = 0.0
        try:
            asked = json.loads(line)
            sys.path[:] = asked["path"]
            for each in map(tuple, asked["types"]):
                types[each] = types.get(each) or found_at(each)
            serializer = serializer_for(*(types[tuple(each)] for each in asked["types"]))
            case = read(asked["case"], serializer, speeds=asked["speeds"])
            with watched(case) as calls:
                answer = written_outcome(case, serializer)
            seconds = max((call.seconds for call in calls), default=0.0)
        except BaseException as error:  # noqa: BLE001  (it is told)
            answer = f"it raised {error!r}"
        tell({"outcome": answer, "seconds": seconds})


if __name__ == "__main__":
    main()
