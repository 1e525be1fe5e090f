"""The pictures of the documentation show what cartcore says today."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def run(script: Path, *, given: bytes = b"", folder: Path = ROOT) -> bytes:
    """What a script of the project prints."""
    command = [sys.executable, str(script)]
    return subprocess.run(
        command, check=True, input=given, stdout=subprocess.PIPE, cwd=folder
    ).stdout


def test_quote_picture_is_current() -> None:
    """docs/quote.svg is what docs/quote_picture.py draws: the quote of today (PR-17, PR-26)."""
    assert run(DOCS / "quote_picture.py") == (DOCS / "quote.svg").read_bytes()


def test_receipt_picture_is_current(tmp_path: Path) -> None:
    """docs/receipt.svg is the review that the demo prints today (OE-16)."""
    printed = run(ROOT / "examples" / "place_order.py", folder=tmp_path)
    drawn = run(DOCS / "receipt_picture.py", given=printed)
    assert drawn == (DOCS / "receipt.svg").read_bytes()
