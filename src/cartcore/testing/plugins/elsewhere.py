"""Another process that prices, with another seed for the hashes of texts.

`python -m cartcore.testing.plugins.elsewhere` reads where types stand from its first line, and then
a case a line; it writes the outcome of each.
"""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from cartcore.documents.serializer import Serializer
from cartcore.testing.plugins.cases import (
    Case,
    SpeedCase,
    parts,
    read,
    rulebook_of,
    serializer_of,
    types_in,
    written,
    written_outcome,
)

_OTHER_SEEDS = ("1", "2")
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


class Elsewhere:
    """A process that prices what it is sent."""

    def __init__(self, places: Sequence[Place], *, speeds: bool) -> None:
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
        self._send({"types": list(places), "speeds": speeds})

    def outcome(self, case: Case) -> str:
        """The outcome of a case there, as JSON, or what went wrong."""
        self._send(written(case))
        answer: str = json.loads(self._pipe(self._process.stdout).readline() or '"it ended"')
        return answer

    def _send(self, message: object) -> None:
        pipe = self._pipe(self._process.stdin)
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None  # as it was opened
        return pipe

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            self._pipe(pipe).close()
        self._process.kill()
        self._process.wait()


@cache
def elsewhere(places: tuple[Place, ...], *, speeds: bool) -> Elsewhere:
    """The process for some types, which is started once."""
    return Elsewhere(places, speeds=speeds)


def end_all() -> None:
    """End the processes that were started."""
    for places, speeds in _started:
        elsewhere(places, speeds=speeds).close()
    _started.clear()
    elsewhere.cache_clear()


_started: set[tuple[tuple[Place, ...], bool]] = set()


def start(case: Case) -> Elsewhere:
    """The other process for the types of a case. Raises ImportError where it cannot import them."""
    built_in = rulebook_of().origins
    types = dict.fromkeys(types_in(parts(case)))
    places = tuple(place(kind) for kind in types if kind.type_name not in built_in)
    speeds = isinstance(case, SpeedCase)
    _started.add((places, speeds))
    return elsewhere(places, speeds=speeds)


def outcomes(case: Case) -> tuple[str, str]:
    """The outcome of a case here and in another process, as JSON."""
    there = start(case)
    return written_outcome(case, serializer_of(case)), there.outcome(case)


def main() -> None:
    """Price what comes in."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a plugin may print
    told = json.loads(sys.stdin.readline())
    serializer: Serializer | None = None
    for line in sys.stdin:
        try:
            if serializer is None:
                types = [found_at(tuple(each)) for each in told["types"]]
                serializer = Serializer(rulebook_of(*types))
            case = read(json.loads(line), serializer, speeds=told["speeds"])
            answer = written_outcome(case, serializer)
        except BaseException as error:  # noqa: BLE001  (it is told)
            answer = f"it raised {error!r}"
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
