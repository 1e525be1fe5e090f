"""Conditions on what is searched for, and the words and numbers that records are found by."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    SelectBase,
    Table,
    and_,
    exists,
    false,
    func,
    or_,
    select,
)

from cartcore.values.search import fold, searched

Condition = ColumnElement[bool]
_LAST_CODE_POINT = 0x10FFFF
_FIRST_SURROGATE, _AFTER_SURROGATES = 0xD800, 0xE000


def owner_of(table: Table) -> ColumnElement[Any]:
    """The column that says which record a row belongs to."""
    for key in table.foreign_keys:
        return key.parent
    return table.c.id


def starts_with(column: ColumnElement[str], prefix: str) -> list[Condition]:
    """Conditions for the texts with a prefix: a range of an index, whatever is in the prefix."""
    if not prefix:
        return []
    after = after_all_starting(prefix)
    return [column >= prefix] if after is None else [column >= prefix, column < after]


def after_all_starting(prefix: str) -> str | None:
    """The first text, by code points, after all that have a prefix; None if nothing is."""
    stem = prefix.rstrip(chr(_LAST_CODE_POINT))
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)


def linked(link: Table, *conditions: Condition) -> Select[Any]:
    """The records with such a row in a table."""
    return select(owner_of(link)).where(*conditions)


class Terms(NamedTuple):
    """What records are found by the beginning of: rows of a table, those of a kind if it has any.

    However many words are looked for, the statement is no deeper: the rarest word, which is likely
    the longest, leads, and the records that have it are asked for the others.
    """

    table: Table
    column: str
    kind: str = ""

    def starting(self, *prefixes: str) -> Select[Any]:
        """The records with a term that starts with one of some prefixes."""
        return select(owner_of(self.table)).where(*self._starting(self.table.c, *prefixes))

    def same(self, term: str) -> Select[Any]:
        """The records with a term as it is."""
        columns = self.table.c
        return linked(self.table, columns.kind == self.kind, columns[self.column] == term)

    def with_words(self, text: str) -> Select[Any] | None:
        """The records that a text finds (`cartcore.values.search`); None if it has no word."""
        needed = needed_words(text)
        if not needed:
            return None
        owner = owner_of(self.table)
        return self.starting(needed[0]).where(*(self._has(owner, word) for word in needed[1:]))

    def has_words(self, text: str, record_id: ColumnElement[str]) -> Condition:
        """Whether a text finds the record with an id."""
        return and_(*(self._has(record_id, word) for word in needed_words(text)))

    def has(self, record_id: ColumnElement[str], *prefixes: str) -> Condition:
        """Whether a record has a term that starts with one of some prefixes."""
        return or_(*(self._has(record_id, prefix) for prefix in prefixes))

    def _has(self, record_id: ColumnElement[str], prefix: str) -> Condition:
        here = self.table.alias()
        owner = here.c[owner_of(self.table).name]
        return exists().where(owner == record_id, *self._starting(here.c, prefix))

    def _starting(self, columns: Any, *prefixes: str) -> Iterator[Condition]:
        if self.kind:
            yield columns.kind == self.kind
        yield or_(*(and_(*starts_with(columns[self.column], prefix)) for prefix in prefixes))


def needed_words(text: str) -> list[str]:
    """The words of a search, less those that begin another one of them; the longest first."""
    found = searched(text)
    needed = [w for w in found if not any(o != w and o.startswith(w) for o in found)]
    return sorted(needed, key=len, reverse=True)


NOTHING: Condition = false()
"""What nothing meets: something is looked for, and nothing is left of it (OE-28)."""


def met(column: ColumnElement[str], found: SelectBase | None) -> Condition:
    """That a record is among those found; None finds nothing."""
    return NOTHING if found is None else column.in_(found)


def folded(column: ColumnElement[str], wanted: str) -> list[Condition]:
    """Conditions for the texts that begin with what is wanted, if anything is."""
    if not wanted:
        return []
    return starts_with(column, fold(wanted)) or [NOTHING]


def reversed_all(numbers: Iterable[str]) -> tuple[str, ...]:
    """Numbers backwards, so that an index finds them by their end."""
    return tuple(number[::-1] for number in numbers)


def ending(terms: Terms, numbers: Iterable[str]) -> Select[Any] | None:
    """The records with a phone number that ends with one of these; None if there is none."""
    ends = reversed_all(numbers)
    return terms.starting(*ends) if ends else None


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value of a column, in a form that no index is looked up for."""
    return func.coalesce(column, column)
