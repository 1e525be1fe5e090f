"""Promotions in a database, and how often they were redeemed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import attrs
from sqlalchemy import bindparam, case, func, select, true, tuple_

from cartcore.adapters.sql import schema
from cartcore.adapters.sql.conditions import unindexed
from cartcore.adapters.sql.mapping import RecordMapping, unique_rows
from cartcore.adapters.sql.session import portions
from cartcore.adapters.sql.store import Store
from cartcore.promotions.promotion import Promotion, Trigger, Usage
from cartcore.storage.keys import PROMOTION, code_key, code_keys, ids, microseconds, window
from cartcore.storage.paging import PAGE_SIZE, Page
from cartcore.storage.ports import NO_CODES
from cartcore.values.money import from_minor
from cartcore.values.text import a_text

_ACTIVE = (
    select(schema.promotions.c.id, schema.promotions.c.document)
    .where(
        schema.promotions.c.enabled == true(),
        schema.promotions.c.trigger.in_([t.value for t in Trigger if t is not Trigger.CODE]),
        schema.promotions.c.starts_at <= bindparam("at"),
        schema.promotions.c.ends_at > bindparam("at"),
    )
    # Few of many: they are sorted, not sought among all in their order.
    .order_by(unindexed(schema.promotions.c.id))
)


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
        },
        links=lambda promotion: {
            schema.promotion_codes: unique_rows(
                ((code,) for code in promotion.normalized_codes), "code"
            ),
        },
        sort_key=(schema.promotions.c.id,),
        unique={"id": schema.promotions.c.id, "code": schema.promotion_codes.c.code},
    )

    def by_code(self, promo_code: str) -> Promotion:
        return self._one("code", code_key(promo_code), promo_code)

    def active(self, at: datetime) -> Sequence[Promotion]:
        rows = self._session.rows(_ACTIVE, at=microseconds(at))
        return tuple(self._record(row) for row in rows)

    def search(self, *, page: str = "", limit: int = PAGE_SIZE) -> Page[Promotion]:
        return self._page((), (), page, limit)

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
