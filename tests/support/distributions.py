"""Distributions with plugins of cartcore, in a folder, as pip would install them."""

from pathlib import Path
from textwrap import dedent


def distribution(
    folder: Path, module: str, source: str, *, point: str = "", name: str = ""
) -> None:
    """Put a module into a folder, and beside it what says that it is a plugin of cartcore.

    Args:
        folder: where it is imported from, as `site-packages` is.
        module: the name of the module.
        source: its source.
        point: the name of its entry point; that of the module if left out.
        name: the name of the distribution; likewise.
    """
    (folder / f"{module}.py").write_text(dedent(source), encoding="utf-8")
    told = folder / f"{name or module}-1.5.dist-info"
    told.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {name or module}\nVersion: 1.5\n"
    (told / "METADATA").write_text(metadata, encoding="utf-8")
    points = f"[cartcore]\n{point or module} = {module}\n"
    (told / "entry_points.txt").write_text(points, encoding="utf-8")


NEVER = """
    from typing import ClassVar

    import attrs
    from cartcore.rules import Ineligible, hookimpl


    @attrs.frozen
    class Never:
        type_name: ClassVar[str] = "{type_name}"

        def check(self, context):
            return Ineligible("never", "never")


    @hookimpl
    def cartcore_condition_types():
        return [Never]
"""
"""The source of a plugin with one condition, which never holds."""
