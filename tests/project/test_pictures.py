"""The pictures of the documentation show what cartcore says today."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_quote_picture_is_current() -> None:
    """docs/quote.svg is what docs/quote_picture.py draws: the quote of today (PR-17, PR-26)."""
    script = ROOT / "docs" / "quote_picture.py"
    drawn = subprocess.run([sys.executable, script], check=True, capture_output=True)
    assert drawn.stdout == (ROOT / "docs" / "quote.svg").read_bytes()
