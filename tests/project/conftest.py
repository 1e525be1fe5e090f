"""What tests of the project share."""

import sys
from pathlib import Path

import pytest

from tests.support.building import ROOT, run, unpacked


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both cartcore and the plugin in examples/plugin, built once for all tests that install them.

    Source distributions of both, unpacked, and wheels that are built from these.
    """
    folder = tmp_path_factory.mktemp("built")
    backend = folder / "backend"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "install", "--target", backend, "hatchling>=1.27", folder=folder)
    build = (sys.executable, "-m", "hatchling", "build", "-d", folder, "-t")
    found = {}
    for name, source in (("cartcore", ROOT), ("acme_roastery", ROOT / "examples" / "plugin")):
        run(*build, "sdist", folder=source, PYTHONPATH=str(backend))
        [sdist] = folder.glob(f"{name}-*.tar.gz")
        found[f"{name} source"] = unpacked(sdist)
        run(*build, "wheel", folder=unpacked(sdist), PYTHONPATH=str(backend))
        [found[name]] = folder.glob(f"{name}-*.whl")
    return found
