"""A Sphinx extension: fields with type and meaning, and links to where a class is listed.

A class of cartcore explains its fields in its docstring under "Attributes:". Here each gets its
type, as the class declares it. Classes are listed under the path that users import them by, and
annotations name the module that they are written in: links between the two are made here as well.
"""

import enum
import importlib
import inspect
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.inspect import stringify_signature
from sphinx.util.typing import stringify_annotation
from tests.support.reference import MODULES, fields, meanings

from cartcore.errors import CartcoreError


def show_fields(_: Sphinx, what: str, __: str, cls: Any, ___: Any, lines: list[str]) -> None:
    """Write the section "Attributes:" of a class as attributes of their types."""
    if what not in {"class", "exception"} or not inspect.isclass(cls):
        return
    told = meanings(cls)
    written: list[str] = []
    for name, kind in fields(cls).items():
        written += ["", f".. attribute:: {name}"]
        if issubclass(cls, enum.Enum):
            written.append(f"   :value: {cls[name].value!r}")
        else:
            written.append(f"   :type: {_text(kind)}")
        written += ["", f"   {told[name]}", ""]
    if "Attributes:" not in lines:
        lines += written
        return
    begin = lines.index("Attributes:")
    rest = range(begin + 1, len(lines))
    end = next((i for i in rest if lines[i] and not lines[i].startswith(" ")), len(lines))
    lines[begin:end] = written


def _text(kind: object) -> str:
    return kind if isinstance(kind, str) else stringify_annotation(kind, "smart")


def shorten_signature(
    _: Sphinx, what: str, __: str, cls: Any, ___: Any, signature: str, returned: str
) -> tuple[str, str] | None:
    """Leave types out of the signature of a class: its fields are listed with theirs below it."""
    if what not in {"class", "exception"} or not inspect.isclass(cls) or not signature:
        return None
    if not (fields(cls) or issubclass(cls, CartcoreError)):
        return None
    if issubclass(cls, CartcoreError):
        return f"({', '.join(fields(cls))})", returned
    return stringify_signature(inspect.signature(cls), show_annotation=False), returned


def leave_out_aliases(_: Sphinx, *given: object) -> bool | None:
    """Leave out the fields of a NamedTuple as Python describes them: they are written already."""
    member = given[2]
    return True if type(member).__name__ == "_tuplegetter" else None


def find_listed(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.Element
) -> nodes.Element | None:
    """Link a class that is named by its module to the path that it is listed under."""
    module, _, name = node.get("reftarget", "").rpartition(".")
    if node.get("refdomain") != "py" or not module.startswith("cartcore."):
        return None
    try:
        wanted = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return None
    domain = env.domains.python_domain
    for path in MODULES:
        target = f"{path}.{name}"
        same = getattr(importlib.import_module(path), name, None) is wanted
        if same and target in domain.objects:
            document = node.get("refdoc", env.docname)
            kind = node.get("reftype", "class")
            return domain.resolve_xref(env, document, app.builder, kind, target, node, shown)
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Take part in reading docstrings, before Napoleon does, and in resolving links."""
    app.connect("autodoc-process-docstring", show_fields, priority=400)
    app.connect("autodoc-process-signature", shorten_signature)
    app.connect("autodoc-skip-member", leave_out_aliases)
    app.connect("missing-reference", find_listed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
