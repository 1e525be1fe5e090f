"""The root of the errors, and the groups that they come in."""

from typing import ClassVar, Protocol, dataclass_transform

from cartcore.errors.sentences import shown


@dataclass_transform()
class CartcoreError(Exception):
    """The root of the tree above.

    A subclass declares its typed fields; they are given in this order or by name, and those with a
    default can be left out. Not attrs: forty generated classes would be a fifth of what
    `import cartcore` takes.
    """

    code: ClassVar[str] = "error"
    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, object]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = tuple(
            name for name in cls.__annotations__ if name not in CartcoreError.__annotations__
        )
        cls._fields = (*cls._fields, *own)
        cls._defaults = cls._defaults | {n: vars(cls)[n] for n in own if n in vars(cls)}

    def __init__(self, *values: object, **named: object) -> None:
        given = self._defaults | dict(zip(self._fields, values, strict=False)) | named
        if len(values) > len(self._fields) or given.keys() != set(self._fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._fields) or 'nothing'}")
        for name, value in given.items():
            setattr(self, name, value)
        super().__init__(*(given[name] for name in self._fields))

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """The names of the fields, in the order in which they are given."""
        return cls._fields


class InvalidInput(CartcoreError, ValueError):
    """What was given cannot be used; nothing was changed."""

    code = "invalid_input"


class NotFound(CartcoreError, LookupError):
    """Nothing is kept under this key.

    Attributes:
        kind: What was looked for, such as "contact".
        key: The key that it was looked for by.
    """

    code = "not_found"
    kind: str
    key: object

    def __str__(self) -> str:
        return f"there is no {self.kind} {shown(self.key)}"


class WorkflowError(CartcoreError):
    """A change that is not possible in the present state; nothing was changed."""

    code = "workflow"


class PluginError(CartcoreError):
    """A plugin that broke its contract (PR-20).

    Attributes:
        plugin: The type or plugin at fault.
        subject: What it was asked for.
        problem: What went wrong.
        error: The class of the exception that it raised; empty if it raised none.
    """

    code = "plugin"
    plugin: str
    subject: str
    problem: str
    error: str = ""

    def __str__(self) -> str:
        return f"the plugin {self.plugin!r} failed for {self.subject}: {self.problem}"


class Fault(Protocol):
    """What is wrong with a plugin, as a `PluginFault` has it."""

    @property
    def plugin(self) -> str:
        """Its name."""
        ...

    @property
    def subject(self) -> str:
        """What it was asked for."""
        ...

    @property
    def problem(self) -> str:
        """What went wrong."""
        ...


class InvalidPlugins(PluginError):
    """Plugins that cannot be loaded (PK-4).

    Plugin, subject and problem are those of the first fault.

    Attributes:
        faults: Everything that is wrong with them.
    """

    code = "invalid_plugins"
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return str(self.faults[0])
        return "\n- ".join([f"{len(self.faults)} faults in plugins:", *map(str, self.faults)])


class StorageError(CartcoreError):
    """What the storage refused or could not do."""

    code = "storage"
