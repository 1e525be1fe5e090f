"""Another process that prices, with another seed for the hashes of texts.

`python -m cartcore.testing.plugins.elsewhere` reads where types stand from its first line, and then
a case a line; it writes the outcome of each.
"""

import atexit
import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from types import ModuleType
from typing import IO, Any

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

_OTHER_SEEDS = ("1", "2")
_STARTING = 60.0
PATIENCE = 4.0
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
    """A process that prices what it is sent, and is ended where it takes too long."""

    def __init__(self, places: Sequence[Place], *, speeds: bool) -> None:
        self._places, self._speeds = places, speeds
        self._last: tuple[str, Answer] | None = None
        self._begin()

    def _begin(self) -> None:
        own = os.environ.get("PYTHONHASHSEED")
        seed = next(each for each in _OTHER_SEEDS if each != own)
        self._process = subprocess.Popen(  # noqa: S603  (this same interpreter)
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            text=True,
            encoding="utf-8",
        )
        self._lines: Queue[str] = Queue()
        Thread(target=self._read, args=(self._process.stdout, self._lines), daemon=True).start()
        self._send({"types": list(self._places), "speeds": self._speeds})
        if not self._next(_STARTING):
            raise NoAnswer("the type could not be imported in another process")

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
        text = written(case)
        if self._last is None or self._last[0] != text:
            self._last = (text, self._asked(text))
        return self._last[1]

    def forget(self) -> None:
        """Ask anew, also for the same case."""
        self._last = None

    def _asked(self, text: str) -> Answer:
        self._send(text)
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

    def _send(self, message: object) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # as it was opened
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


class _Running:
    """The process of the types that were asked last: one at a time."""

    types: tuple[tuple[Place, ...], bool] | None = None
    process: Elsewhere | None = None


@atexit.register
def end() -> None:
    """End the process that is running, if there is one."""
    if _Running.process is not None:
        _Running.process.close()
    _Running.types = _Running.process = None


def start(case: Case) -> Elsewhere:
    """The other process for the types of a case. Raises ImportError where it cannot import them."""
    built_in = rulebook_of().origins
    types = dict.fromkeys(types_in(parts(case)))
    places = tuple(place(kind) for kind in types if kind.type_name not in built_in)
    speeds = isinstance(case, SpeedCase)
    if _Running.process is None or _Running.types != (places, speeds):
        end()
        _Running.process = Elsewhere(places, speeds=speeds)
        _Running.types = (places, speeds)
    return _Running.process


def outcomes(case: Case) -> tuple[str, str]:
    """The outcome of a case here and in another process, as JSON."""
    there = start(case)
    return written_outcome(case, serializer_of(case)), there.ask(case).outcome


def main() -> None:
    """Price what comes in."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a plugin may print

    def tell(message: object) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    told = json.loads(sys.stdin.readline())
    types = [found_at(tuple(each)) for each in told["types"]]
    serializer = serializer_for(*types)
    tell("ready")
    for line in sys.stdin:
        seconds = 0.0
        try:
            case = read(json.loads(line), serializer, speeds=told["speeds"])
            with watched(case) as calls:
                answer = written_outcome(case, serializer)
            seconds = max((call.seconds for call in calls), default=0.0)
        except BaseException as error:  # noqa: BLE001  (it is told)
            answer = f"it raised {error!r}"
        tell({"outcome": answer, "seconds": seconds})


if __name__ == "__main__":
    main()
