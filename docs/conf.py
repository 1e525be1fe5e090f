"""Configuration of the documentation: Sphinx with MyST Markdown and the furo theme."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # for the extension here, and for what the tests know

from tests.support import rule_table  # noqa: E402

project = "cartcore"
author = "The cartcore authors"
project_copyright = "2026, The cartcore authors"
release = version = installed_version("cartcore")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "reference_fields"]
default_role = "code"  # `name` in a docstring is code
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"cartcore {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3  # so that pages can link to each other's sections

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # the name of a default, and not all that is in it
autodoc_typehints = "signature"
maximum_signature_line_length = 88  # a longer one has a line for each parameter
napoleon_google_docstring = True
napoleon_numpy_docstring = False


def write_rule_tests(_: Sphinx) -> None:
    """Write the page that lists the tests of each rule, if it has changed."""
    file, text = HERE / "rule-tests.md", rule_table.page()
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Have the generated page in place before Sphinx reads the others."""
    app.connect("builder-inited", write_rule_tests)
