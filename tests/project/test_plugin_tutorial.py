"""What a reader of the tutorial types, typed in an empty folder, and what is printed then."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / name for name in ("plugin-tutorial.md", "publishing-plugins.md")]
_BLOCK = re.compile(r"(?:^File `([\w./]+)`:\n\n)?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_MARK = "@@ step "

Step = tuple[str, str]
"""A command, and what is printed by it; or a file with its text, written `> path`."""


def steps(page: str) -> Iterator[Step]:
    """What a page tells to write and to type, in its order."""
    for path, kind, text in _BLOCK.findall(page):
        if path:
            yield f"> {path}", text
        elif kind == "console":
            yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)


def script(all_steps: list[Step]) -> str:
    """A script for one shell that does all of it, and stops at the first command that fails."""
    lines = ["set -e", "exec 2>&1"]
    for number, (command, text) in enumerate(all_steps):
        lines.append(f"echo '{_MARK}{number}'")
        if command.startswith("> "):
            path = command[2:]
            lines += [f"mkdir -p $(dirname {path})", f"cat > {path} <<'END OF FILE'"]
            lines += [text.removesuffix("\n"), "END OF FILE"]
        else:
            lines.append(command)
    return "\n".join(lines)


def as_told(told: str, printed: str) -> bool:
    """Whether something was printed as a page says, where "…" stands for anything."""
    parts = [re.escape(part) for part in told.strip().split("…")]
    return bool(re.fullmatch(r"\s*".join(["", r"(?s:.*)".join(parts), ""]), printed))


@pytest.fixture(scope="module")
def environment(built: dict[str, Path]) -> dict[str, str]:
    """The environment of a reader whose pip finds a wheel of this cartcore, beside the index."""
    folder = built["cartcore"].parent
    ours = ("PYTEST", "PYTHON", "VIRTUAL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    links = f"{kept.get('PIP_FIND_LINKS', '')} {folder}".strip()
    # Unbuffered, what is printed and what is said comes in the order of a terminal.
    settings = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}
    return {**kept, **settings, "PIP_FIND_LINKS": links}


def test_the_tutorial_from_an_empty_folder(tmp_path: Path, environment: dict[str, str]) -> None:
    """Each command of tutorial and publishing page works, and prints what stands there (PK-8)."""
    todo = [step for page in PAGES for step in steps(page.read_text(encoding="utf-8"))]
    done = subprocess.run(
        ["/bin/bash", "-c", script(todo)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    said = re.sub(r"^WARNING: .*\n", "", done.stdout, flags=re.MULTILINE)  # of pip, of its index
    printed = re.split(rf"^{_MARK}\d+\n", said, flags=re.MULTILINE)[1:]
    assert done.returncode == 0, f"$ {todo[len(printed) - 1][0]}\n{printed[-1]}"
    assert len(printed) == len(todo)
    for (command, told), found in zip(todo, printed, strict=True):
        if not command.startswith("> "):
            assert as_told(told, found), f"$ {command}\n{found}\nbut the page says:\n{told}"


def test_what_differs_is_noticed() -> None:
    """Another text, one line more, and one line less are no match; an ellipsis is (PK-8)."""
    assert as_told("a\nb", "a\nb\n")
    assert as_told("…\nb\n", "x\ny\nb\n")
    assert as_told("", "")
    for told, printed in (("a", "b"), ("a", "a\nb"), ("a\nb", "a"), ("", "a"), ("…\nb", "b\nc")):
        assert not as_told(told, printed)


def test_steps_are_found_in_their_order() -> None:
    """Files and commands alternate as in the page, and other blocks are none (PK-8)."""
    page = (
        "File `a/b.py`:\n\n```py\nx = 1\n```\n\nand\n\n```python\nno = 1\n```\n\n"
        "```console\n$ one\nprinted\n$ two\n```\n"
    )
    assert list(steps(page)) == [("> a/b.py", "x = 1\n"), ("one", "printed\n"), ("two", "")]
