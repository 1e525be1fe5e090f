"""Promotions in a database, and how often they were redeemed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Row,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
    update,
)

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.conditions import Condition, Terms, linked, met, unindexed
from cartcore.adapters.sql.mapping import RecordMapping, unique_rows
from cartcore.adapters.sql.session import Session, portions
from cartcore.adapters.sql.statements import Statement, Values
from cartcore.adapters.sql.store import Store
from cartcore.errors import ForeignStorage
from cartcore.promotions.filters import (
    EVERY_PROMOTION,
    PromotionFilter,
    PromotionState,
    asked_for,
)
from cartcore.promotions.promotion import Promotion, Trigger, Usage
from cartcore.promotions.types import PromotionClass
from cartcore.storage.keys import (
    PROMOTION,
    a_revision,
    code_key,
    code_keys,
    ids,
    microseconds,
    window,
)
from cartcore.storage.paging import LARGEST_PAGE, PAGE_SIZE, Page
from cartcore.storage.ports import NO_CODES, PromotionChanges
from cartcore.values.money import from_minor
from cartcore.values.search import index_words
from cartcore.values.text import a_text, normal

_columns = schema.promotions.c
_may_be_active = and_(
    _columns.enabled == true(),
    # Not `in_`: its parameters would be filled in anew each time, which takes as long as the rest.
    or_(*(_columns.trigger == t.value for t in Trigger if t is not Trigger.CODE)),
)

_ACTIVE = (
    select(_columns.id, _columns.document)
    .where(
        _may_be_active,
        _columns.starts_at <= bindparam("at", type_=_columns.starts_at.type),
        _columns.ends_at > bindparam("at", type_=_columns.ends_at.type),
    )
    # Few of many: they are sorted, not sought among all in their order.
    .order_by(unindexed(_columns.id))
)

_counter = schema.counters.c
_REVISION = Statement(select(_counter.value).where(_counter.name == schema.PROMOTIONS))
_REVISED = (
    update(schema.counters)
    .where(_counter.name == schema.PROMOTIONS)
    .values(value=_counter.value + 1)
    .returning(_counter.value)
)


_WORDS = Terms(schema.promotion_words, "word")
_STATE = ""  # the id in the row that has the revision: no record has it


def _changes() -> CompoundSelect[Any]:
    """The revision, in a row of its own, and what was changed, or begins or ends in a while.

    In one statement, as it is asked with every look at an order; each part has an index.
    """
    changed = select(_columns.revision, _columns.id, _columns.document)
    revised = changed.where(_columns.revision > bindparam("since", type_=BigInteger()))
    crossed = [
        changed.where(
            _may_be_active,
            edge > bindparam("first", type_=edge.type),
            edge <= bindparam("last", type_=edge.type),
        )
        for edge in (_columns.starts_at, _columns.ends_at)
    ]
    state = select(
        _counter.value.label("revision"),
        literal(_STATE, _columns.id.type).label("id"),
        literal("", _columns.document.type).label("document"),
    ).where(_counter.name == schema.PROMOTIONS)
    return union_all(state, revised, *crossed)


_CHANGES = Statement(_changes())


class SqlPromotions(Store[Promotion]):
    """The promotions: see `cartcore.storage.Promotions`."""

    mapping = RecordMapping(
        kind=PROMOTION,
        remembered=True,
        table=schema.promotions,
        values=lambda promotion: {
            "enabled": promotion.enabled,
            "trigger": promotion.trigger.value,
            **dict(zip(("starts_at", "ends_at"), window(promotion), strict=True)),
            "effect_type": promotion.effect.type_name,
        },
        links=lambda promotion: {
            schema.promotion_words: unique_rows(
                (word, promotion.id) for word in index_words(promotion.name)
            ),
            schema.promotion_codes: unique_rows(
                (code, promotion.id) for code in promotion.normalized_codes
            ),
        },
        sort_key=(schema.promotions.c.id,),
        unique={"id": schema.promotions.c.id, "code": schema.promotion_codes.c.code},
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._changed = False

    def _of_change(self) -> Values:
        # Each change has a revision of its own: the one before may have been undone since.
        self._changed = True
        self._session.transaction.promotions_changed()
        return {"revision": self._counted(self._session.changed(_REVISED))}

    def _counted(self, rows: Sequence[Row[Any]]) -> int:
        """The revision in the first column of the row that has it."""
        if len(rows) != 1:
            problem = "it is damaged: it does not know the revision of its promotions"
            raise ForeignStorage(self._session.where, problem)
        return int(rows[0][0])

    def _shared(self, revision: int) -> int | None:
        """The revision of a state that others can see, too; None for one that may be undone."""
        undoable = self._changed or self._session.transaction.may_be_undone
        return None if undoable else revision

    def by_code(self, promo_code: str) -> Promotion:
        return self._one("code", code_key(promo_code), promo_code)

    def active(self, at: datetime) -> Sequence[Promotion]:
        rows = self._session.rows(_ACTIVE, at=microseconds(at))
        return tuple(self._record(row) for row in rows)

    def revision(self) -> int | None:
        return self._shared(self._counted(self._session.rows(_REVISION)))

    def changes(self, since: int, was: datetime, now: datetime) -> PromotionChanges:
        first, last = sorted((microseconds(was), microseconds(now)))
        seen = a_revision(since)
        rows = self._session.rows(_CHANGES, since=seen, first=first, last=last)
        revision = self._counted([row for row in rows if row.id == _STATE])
        found = {row.id: row for row in rows if row.id != _STATE}
        return PromotionChanges(
            revision=self._shared(revision),
            promotions=tuple(self._record(found[each]) for each in sorted(found)),
        )

    def search(
        self,
        wanted: PromotionFilter = EVERY_PROMOTION,
        *,
        page: str = "",
        limit: int = PAGE_SIZE,
    ) -> Page[Promotion]:
        asked = asked_for(wanted)
        narrow = list(self._narrow(asked))
        return self._page(narrow, list(self._broad(asked, alone=not narrow)), page, limit)

    def count(self, wanted: PromotionFilter = EVERY_PROMOTION, *, most: int = LARGEST_PAGE) -> int:
        asked = asked_for(wanted)
        narrow = list(self._narrow(asked))
        return self._count(narrow, list(self._broad(asked, alone=not narrow)), most)

    def _narrow(self, wanted: PromotionFilter) -> Iterator[Condition]:
        if wanted.text:
            yield met(_columns.id, _WORDS.with_words(wanted.text))
        if wanted.code:
            code, key = schema.promotion_codes.c.code, normal(wanted.code)
            yield met(_columns.id, linked(schema.promotion_codes, code == key) if key else None)

    def _broad(self, wanted: PromotionFilter, *, alone: bool) -> Iterator[Condition]:
        if wanted.promotion_class is not None:
            yield self._of_class(wanted.promotion_class)
        if wanted.state is not None and wanted.at is not None:
            enabled, starts, ends = (
                each if alone else unindexed(each)
                for each in (_columns.enabled, _columns.starts_at, _columns.ends_at)
            )
            at = microseconds(wanted.at)
            yield enabled == (wanted.state is not PromotionState.ARCHIVED)
            yield from {
                PromotionState.ARCHIVED: (),
                PromotionState.ENDED: (ends <= at,),
                PromotionState.SCHEDULED: (starts > at,),
                PromotionState.ACTIVE: (starts <= at, ends > at),
            }[wanted.state]

    def _of_class(self, wanted: PromotionClass) -> Condition:
        """Of a type of the class; what no plugin reads counts among those that discount items."""
        names = self._session.serializer.type_names
        if wanted is PromotionClass.ITEM:
            return _columns.effect_type.not_in(names(*{*PromotionClass} - {wanted}))
        return _columns.effect_type.in_(names(wanted))

    def usage(
        self,
        promotion_ids: Iterable[str],
        contact_id: str,
        promo_codes: Mapping[str, str] = NO_CODES,
    ) -> Mapping[str, Usage]:
        columns = schema.redemptions.c
        codes = code_keys(promo_codes)
        by_contact = func.count(case((columns.contact_id == a_text(contact_id), 1)))
        counting = (
            select(
                columns.promotion_id,
                columns.currency,
                func.count().label("total"),
                by_contact.label("by_contact"),
                func.sum(columns.discount_minor).label("discount"),
            )
            .group_by(columns.promotion_id, columns.currency)
            .order_by(columns.promotion_id, columns.currency)
        )
        usage = {promotion_id: Usage() for promotion_id in ids(promotion_ids, "promotion_ids")}
        for some in portions(usage):
            for row in self._session.rows(counting.where(columns.promotion_id.in_(some))):
                so_far = usage[row.promotion_id]
                given = (
                    () if row.currency is None else (from_minor(int(row.discount), row.currency),)
                )
                usage[row.promotion_id] = Usage(
                    total=so_far.total + row.total,
                    by_contact=so_far.by_contact + row.by_contact,
                    discounts=(*so_far.discounts, *given),
                )
        by_code = select(columns.promotion_id, func.count().label("uses")).group_by(
            columns.promotion_id
        )
        asked = [pair for pair in codes.items() if pair[0] in usage]
        for pairs in portions(asked):
            using = tuple_(columns.promotion_id, columns.promo_code).in_(pairs)
            for row in self._session.rows(by_code.where(using)):
                so_far = usage[row.promotion_id]
                usage[row.promotion_id] = attrs.evolve(so_far, by_code=row.uses)
        return usage
