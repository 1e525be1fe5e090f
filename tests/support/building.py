"""Distributions as a release has them, built from this tree, and programs that use them."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    """Run a program in a folder, and return what it printed; what it says is told if it fails."""
    ours = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTEST_ADDOPTS"}}
    done = subprocess.run(  # noqa: S603  (programs of the tests)
        [str(part) for part in command],
        cwd=folder,
        env=ours | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def install(python: Path, *what: str) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "--python", python, "install", *what, folder=python.parent)


def unpacked(sdist: Path) -> Path:
    """The folder that a source distribution unpacks to, beside it."""
    with tarfile.open(sdist) as packed:
        packed.extractall(sdist.parent, filter="data")
    return sdist.parent / sdist.name.removesuffix(".tar.gz")
