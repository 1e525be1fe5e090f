"""The contract suites as an author of an adapter or a plugin meets them."""

import subprocess
import sys
from pathlib import Path

import pytest

BROKEN_STORAGE = """
import pytest
from cartcore.adapters.memory import MemoryStorage
from cartcore.testing.storage import StorageContract

class Forgetful(MemoryStorage):
    def _store(self, state):
        state.last_number = 1000
        super()._store(state)

class TestForgetful(StorageContract):
    @pytest.fixture
    def storage(self):
        return Forgetful()
"""

BROKEN_LAW = """
from cartcore.testing.pricing.laws import the_order_of_promotions_does_not_matter

class Moody:
    promotions = ()
    totals = iter(["9.00", "8.00"])

    def price(self, promotions=None):
        return next(self.totals)

def test_law():
    the_order_of_promotions_does_not_matter(Moody())
"""


def run(folder: Path, source: str, chosen: str) -> str:
    """What pytest says of a file of tests."""
    (folder / "test_broken.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen],
        capture_output=True,
        check=False,
        cwd=folder,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("source", "chosen", "compared"),
    [
        (BROKEN_STORAGE, "test_numbers_can_be_reserved", "assert 2000 == 1000"),
        (BROKEN_LAW, "test_law", "assert '9.00' == '8.00'"),
    ],
    ids=["storage", "pricing"],
)
def test_failures_show_what_was_compared(
    tmp_path: Path, source: str, chosen: str, compared: str
) -> None:
    """A contract that fails in somebody's project shows both values, not the line alone (ST-11)."""
    assert compared in run(tmp_path, source, chosen)
