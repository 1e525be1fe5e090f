"""Configuration of the documentation: Sphinx with MyST Markdown and the furo theme."""

from importlib.metadata import version as installed_version

project = "cartcore"
author = "The cartcore authors"
project_copyright = "2026, The cartcore authors"
release = version = installed_version("cartcore")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"cartcore {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3  # so that pages can link to each other's sections

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
