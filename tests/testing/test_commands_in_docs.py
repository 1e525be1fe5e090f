"""The page "Testing a plugin" does what it says, from an empty folder."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "testing-plugins.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A command of the page, with the Python that runs the tests."""
    program, *arguments = shlex.split(command)
    assert program == "python"
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, check=False, cwd=folder, text=True
    )


def test_the_commands_of_the_page_do_what_it_says(tmp_path: Path) -> None:
    """A reader who follows the page sees a law broken, mended, and tested (PK-6, PK-18)."""
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    plugin, mended, contract = [text for kind, text in blocks if kind == "python"]
    install, check, again, test = [
        text.removeprefix("$ ").strip() for kind, text in blocks if kind == "console"
    ]
    (told,) = [text for kind, text in blocks if kind == "text"]
    assert install == "pip install 'cartcore[testing]'"  # as it is here
    file, tests = tmp_path / "acme_promotions.py", tmp_path / "test_acme.py"

    file.write_text(plugin)
    broken = run(check, tmp_path)
    assert (broken.returncode, broken.stdout[: len(told)]) == (1, told), broken.stderr

    head, _, tail = plugin.partition("        first = ")
    _, _, tail = tail.partition("lines=(first.id,)),))\n")
    file.write_text(head + mended + tail)
    fine = run(f"{again} --examples 20", tmp_path)
    assert fine.returncode == 0, fine.stdout
    assert re.match(
        r"acme\.loyalty: \d+ laws hold in 20 cases; it applied in \d+ of them", fine.stdout
    )

    tests.write_text(contract + "    examples = 20\n")
    passed = run(f"{test} -p no:cacheprovider", tmp_path)
    assert passed.returncode == 0, passed.stdout
