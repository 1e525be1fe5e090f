"""The promotions that orders were priced from: there, and those that their orders name (SC-11)."""

import json
from collections.abc import Iterator

import attrs

from cartcore.adapters.audit.finding import Fault, Finding
from cartcore.adapters.audit.orders import Document
from cartcore.adapters.audit.reading import DAMAGED, Database


@attrs.frozen
class KeptPromotions:
    """What the promotions that were kept are called, by id and version; None if it cannot be read.

    `findings` are those about the promotions themselves.
    """

    names: dict[tuple[str, int], str | None]
    findings: list[Finding]

    @classmethod
    def of(cls, database: Database) -> "KeptPromotions":
        """Read all that a database has."""
        names: dict[tuple[str, int], str | None] = {}
        findings = []
        query = (
            "SELECT promotion_id, version, document FROM cartcore_order_promotions"
            " ORDER BY promotion_id, version"
        )
        for promotion_id, version, text in database.rows(query):
            name, problem = _named(promotion_id, version, text)
            names[promotion_id, version] = name
            if problem:
                record = f"promotion {promotion_id}, kept in its version {version}"
                findings.append(Finding(Fault.KEPT, record, problem))
        return cls(names, findings)

    def faults(self, order: Document) -> Iterator[tuple[Fault, str]]:
        """What keeps an order from being priced again, or lets it be priced from something else.

        An order of an older format does not say what it was priced from.
        """
        known = order.get("priced_from")
        if known is None:
            return
        versions = dict(known.get("promotions", ()))
        for pair in versions.items():
            if pair not in self.names:
                yield Fault.KEPT, f"the promotion {pair[0]!r} in its version {pair[1]} was not kept"
        by_hand = {each["id"] for each in known["cart"].get("manual", ())}
        for decision in order["quote"]["decisions"]:
            promotion_id, told = decision["promotion_id"], decision["promotion_name"]
            if promotion_id not in versions:
                if decision["applied"] and promotion_id not in by_hand:
                    problem = "applied, but is not among the promotions that it was priced from"
                    yield Fault.KEPT, f"the promotion {promotion_id!r} {problem}"
                continue
            name = self.names.get((promotion_id, versions[promotion_id]))
            if name is not None and name != told:
                problem = f"was called {told!r}, but {name!r} was kept"
                yield Fault.KEPT, f"the promotion {promotion_id!r} {problem}"


def _named(promotion_id: str, version: int, text: str) -> tuple[str | None, str]:
    """The name that a document of a promotion has, and what is wrong with it."""
    try:
        document = json.loads(text)
        found = (document["id"], document["version"])
        name = str(document["name"])
    except DAMAGED as error:
        lacks = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        return None, f"it cannot be read: {lacks}"
    if found != (promotion_id, version):
        return None, f"its document is that of {found[0]!r} in the version {found[1]}"
    return name, ""
