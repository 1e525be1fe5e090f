"""The notebooks: each runs on the data that comes with it, and reads as a story."""

from pathlib import Path
from typing import Any

import jupytext
import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "notebooks"
NOTEBOOKS = sorted(path for path in FOLDER.glob("*.py") if path.stem != "one_day")  # their data


def cells(path: Path) -> list[Any]:
    return list(jupytext.read(path).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All cells run one after the other, and what the text says is asserted in them (SC-9)."""
    monkeypatch.chdir(FOLDER)
    monkeypatch.syspath_prepend(FOLDER)  # as Jupyter and Python do
    names: dict[str, Any] = {"__name__": "__main__"}
    code = [cell.source for cell in cells(path) if cell.cell_type == "code"]
    for source in code:
        exec(compile(source, str(path), "exec"), names)  # noqa: S102  (a cell of our own)

    assert any("assert" in source for source in code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_a_story(path: Path) -> None:
    """It starts with a question, has a picture, and ends with an answer (SC-9)."""
    found = cells(path)
    first, last = found[0], found[-1]

    assert first.cell_type == last.cell_type == "markdown"
    assert first.source.splitlines()[0].endswith("?")
    assert last.source.startswith("## The answer")
    assert any(cell.source.startswith("pictures.") for cell in found)


def test_there_are_notebooks() -> None:
    """The pattern that finds them finds some (SC-9)."""
    assert {"designing_a_promotion", "first_steps", "on_a_cluster", "two_sets"} <= {
        p.stem for p in NOTEBOOKS
    }
