"""What a form builder shows of a configuration class: its name, and of each field label and help.

An author may say them: `display_name` as a class variable, `label` and `help` in the metadata of a
field. Otherwise they are made of what is there: the names, and the docstring (PK-13).
"""

import re
from inspect import cleandoc

import attrs

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FIELD = re.compile(r"    (\w+): (.+)")


def display_name(kind: type) -> str:
    """The name of a class for people: its `display_name`, or "Percent off" of PercentOff."""
    given = getattr(kind, "display_name", None)
    return given if type(given) is str else _WORD.sub(" ", kind.__name__).capitalize()


def field_label(field: "attrs.Attribute[object]") -> str:
    """The name of a field for people: its `label`, or "Group size" of group_size."""
    given = field.metadata.get("label")
    return given if type(given) is str else field.name.replace("_", " ").strip().capitalize()


def field_help(kind: type, field: "attrs.Attribute[object]") -> str:
    """What a field means: its `help`, or what the docstring says under "Attributes:"."""
    given = field.metadata.get("help")
    return given if type(given) is str else _meanings(kind.__doc__ or "").get(field.name, "")


def _meanings(docstring: str) -> dict[str, str]:
    found: dict[str, str] = {}
    _, _, section = cleandoc(docstring).partition("\nAttributes:\n")
    name = ""
    for line in section.splitlines():
        if field := _FIELD.fullmatch(line):
            name = field[1]
            found[name] = field[2]
        elif line.startswith("        ") and name:
            found[name] += f" {line.strip()}"
        else:
            break
    return found
