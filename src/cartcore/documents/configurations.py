"""The configurations of plugin types in a document: told apart by `type`, and by their version.

What no plugin can read stays as it was written, where that is asked for (PK-5, PK-14).
"""

import json
import operator
from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs
import cattrs
from cattrs import Converter

from cartcore.documents.faults import first_fault
from cartcore.errors import CartcoreError, InvalidField, PluginError
from cartcore.errors.sentences import shown
from cartcore.promotions.opaque import Opaque
from cartcore.values.guard import FAULTS, PluginFault, blame, guarded, traceback_of

VERSION_KEY = "config_version"
"""Where the version of a type's configuration stands beside its fields, if it is above 1."""

# No record contains itself: looking for that would take as long as all the rest.
JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)

_OURS = "cartcore."  # the namespace of the built-in types: what is wrong in one is damaged


def register_tagged(
    converter: Converter,
    protocol: type,
    types: Mapping[str, type[Any]],
    *,
    keep_opaque: bool = False,
) -> None:
    """Let a converter write and read the objects of a kind of type, such as `PromotionType`.

    Args:
        converter: the converter of all values.
        protocol: the kind of type, as fields are annotated.
        types: the types that there are, by type name.
        keep_opaque: keep what none of them can read as it is written.
    """
    known = by_all_names(types)

    def write(value: Any) -> Any:
        if isinstance(value, Opaque):
            return json.loads(value.document)
        if keep_opaque and value.type_name not in known:  # it would be read as an opaque one
            raise _not_loaded(value.type_name, types)
        version = config_version(type(value))
        counted = {VERSION_KEY: version} if version > 1 else {}
        return {"type": value.type_name, **counted, **converter.unstructure(value)}

    def read(data: object, _: type) -> Any:
        name = data.get("type") if isinstance(data, Mapping) else None
        if keep_opaque and isinstance(name, str) and name and name not in known:
            return Opaque(name, JSON.encode(data))
        if not isinstance(name, str) or name not in known:
            raise _not_loaded(name, types)
        kind = known[name]
        fields = {key: value for key, value in data.items() if key != "type"}  # type: ignore[attr-defined]
        if not keep_opaque or kind.type_name.startswith(_OURS):
            return _configured(converter, kind, fields)
        try:
            return _configured(converter, kind, fields)
        except (cattrs.BaseValidationError, CartcoreError, RecursionError) as error:
            opaque = Opaque(name, JSON.encode(data), _unread(error, kind, fields))
            told = getattr(kind, "promotion_class", opaque.promotion_class)
            return attrs.evolve(opaque, promotion_class=told)

    # By identity: registered as a class, a protocol would take each class that has its methods.
    is_protocol = partial(operator.is_, protocol)
    converter.register_unstructure_hook_func(is_protocol, write)
    converter.register_structure_hook_func(is_protocol, read)


def by_all_names(types: Mapping[str, type[Any]]) -> dict[str, type[Any]]:
    """Types by their names, and by those that they had before (PK-14)."""
    former = {old: kind for kind in types.values() for old in getattr(kind, "former_names", ())}
    return former | {**types}


def config_version(kind: type[Any]) -> int:
    """The version of the configuration of a type, as it is written today (PK-14)."""
    version: int = getattr(kind, VERSION_KEY, 1)
    return version


def _configured(converter: Converter, kind: type[Any], stored: dict[str, Any]) -> Any:
    """Make an object of a type of the fields that are stored, brought up to date (PK-14)."""
    version, today = stored.pop(VERSION_KEY, 1), config_version(kind)
    if type(version) is not int or not 1 <= version <= today:
        expected = f"a version that the installed {kind.type_name} knows (from 1 to {today})"
        raise InvalidField(VERSION_KEY, version, expected)
    fields: Any = stored
    upgrade = getattr(kind, "upgrade", None)
    if upgrade is not None and (version < today or today == 1):  # 1: it counts no versions
        subject = f"upgrade() from version {version}"
        answer = guarded(upgrade, fields, version, plugin=kind.type_name, subject=subject)
        try:
            fields = dict(answer) if issubclass(type(answer), Mapping) else None
        except FAULTS as error:  # what calls itself a mapping can do anything when it is read
            blame(error, kind.type_name, subject)
        if fields is None:
            problem = f"it answered {shown(answer)}, not the fields"
            raise PluginError(kind.type_name, subject, problem)
    try:
        return converter.structure(fields, kind)
    except SystemExit as error:
        blame(error, kind.type_name, "its configuration")
    except cattrs.BaseValidationError as error:
        if fields is stored or error.subgroup(MemoryError):
            raise
        raise first_fault(error, kind.__name__, fields) from error  # not as they were stored


def _unread(error: Exception, kind: type[Any], fields: Mapping[str, Any]) -> PluginFault:
    """What kept a plugin from reading a configuration, in a storage that goes on without it."""
    if isinstance(error, cattrs.BaseValidationError) and error.subgroup(MemoryError):
        raise MemoryError from error  # which is no fault of what is read
    told = error if isinstance(error, PluginError) else first_fault(error, kind.__name__, fields)
    version = shown(fields.get(VERSION_KEY, 1))
    problem = f"its stored configuration (of version {version}) cannot be read: {told}"
    raised = told.error if isinstance(told, PluginError) else ""
    return PluginFault(kind.type_name, "a promotion", problem, raised, traceback_of(error))


def _not_loaded(name: object, types: Mapping[str, type[Any]]) -> InvalidField:
    known = f"loaded are {', '.join(sorted(types))}" if types else "none is loaded"
    install = ""
    if isinstance(name, str) and "." in name and not name.startswith(_OURS):
        install = f"install the plugin that has {shown(name)}; "
    return InvalidField("type", name, f"the name of a loaded type ({install}{known})")
