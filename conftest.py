"""Run the code in the Markdown pages and in the docstrings as tests, beside ``tests/``.

All the blocks of one page share a namespace and a working directory, as a reader who types them
one after the other would: a page may write a file in one block and read it in the next. The
directory is a temporary one.
"""

from __future__ import annotations

import contextlib
import io
import os
from doctest import ELLIPSIS
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from sybil import Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers import myst, rest
from sybil.sybil import SybilCollection
from tests.support import postgres
from tests.support.event_loops import without_event_loop
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Example
    from sybil.typing import Parser
    from xdist.remote import Producer
    from xdist.scheduler.protocol import Scheduling

# A busy machine must not fail a property: slowness is for the benchmarks to notice. People look for
# new examples, and into what they find; a run of CI tries the same ones each time.
hypothesis.settings.register_profile(
    "cartcore",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "thorough", hypothesis.settings.get_profile("cartcore"), max_examples=2000
)
hypothesis.settings.load_profile("cartcore")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Give the PostgreSQL server of this run (of each worker, if there are several)."""
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="module")
def shop_database(postgres_server: postgres.Server) -> Iterator[None]:
    """Name an empty database in the environment, as docs/storage.md expects it."""
    with postgres_server.empty_database() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_DATABASE_URL", url)
        yield


@pytest.fixture(scope="module")
def page_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give each page a working directory of its own, which has the examples."""
    directory = tmp_path_factory.mktemp("page")
    (directory / "examples").symlink_to(Path(__file__).parent / "examples")
    with contextlib.chdir(directory):
        yield


class PrintingEvaluator(PythonEvaluator):
    """Run a block of Python and keep what it printed."""

    def __call__(self, example: Example) -> None:
        """Run the block."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), without_event_loop():
            super().__call__(example)
        example.namespace["__printed__"] = printed.getvalue()


def compare_printed(example: Example) -> str | None:
    """Compare a block of text with what the Python block right before it printed, if one did."""
    printed: str | None = example.namespace.pop("__printed__", None)
    expected = str(example.parsed)
    if printed is None or printed.rstrip() == expected.rstrip():
        return None
    return f"printed:\n{printed}\nbut the page says:\n{expected}"


parsers: list[Parser] = [
    myst.CodeBlockParser(language="python", evaluator=PrintingEvaluator()),
    myst.CodeBlockParser(language="text", evaluator=compare_printed),
    myst.SkipParser(),
]
with_database = "docs/storage.md"
in_django = "docs/django.md"  # run by tests/project/test_django_page.py, in a project of Django
pages = Sybil(
    parsers=parsers,
    patterns=["README.md", "docs/*.md", "docs/api/*.md", "docs/types/*.md"],
    excludes=[with_database, in_django],
    fixtures=["page_directory"],
)
storage_page = Sybil(
    parsers=parsers,
    patterns=[with_database],
    fixtures=["page_directory", "shop_database"],
)
docstrings = Sybil(
    path="src",
    parsers=[rest.DocTestParser(optionflags=ELLIPSIS)],
    pattern="*.py",
    fixtures=["page_directory"],
)

pytest_collect_file = SybilCollection([pages, storage_page, docstrings]).pytest()


@pytest.hookimpl(optionalhook=True)  # so that `-p no:xdist` works
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Keep the blocks of a page, and the tests of a file, on one worker and in order."""
    if config.getoption("dist") == "load":  # what a bare `-n` means
        return LoadFileScheduling(config, log)
    return None
