"""What a screen showed of a draft, in short (HA-13).

A view is large; what staff agreed to is small. `Shown` holds what they saw, and can be kept as JSON
anywhere: in a table, in a session. Its `token` stands for all of it, and `OrderDesk.place` takes
the token in place of the quote.
"""

import json
from collections.abc import Iterator

import attrs
from moneyed import Money

from cartcore.entry import sentences
from cartcore.orders.draft import Shipment
from cartcore.pricing.quote import Quote, ShownQuote
from cartcore.shop.address import Address
from cartcore.shop.contact import Contact
from cartcore.values.records import typed


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShownContact:
    """What is seen of the contact who orders.

    Attributes:
        id: The id of the contact.
        name: The name.
        reach: The name, and the e-mail address and phone number that there are.
        addresses: The addresses, the primary one first.
    """

    id: str
    name: str
    reach: tuple[str, ...]
    addresses: tuple[Address, ...]

    @classmethod
    def of(cls, contact: Contact) -> "ShownContact":
        """Take from a contact what is seen of it."""
        return cls(
            id=contact.id, name=contact.name, reach=contact.reach, addresses=contact.addresses
        )


@attrs.frozen(kw_only=True, field_transformer=typed)
class ShownParcel:
    """What is seen of a shipment beside its price.

    Attributes:
        shipment_id: The id of the shipment.
        address: Where it goes.
        gifts: The messages of its gifts, as (line id, message) pairs.
    """

    shipment_id: str
    address: Address
    gifts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, shipment: Shipment) -> "ShownParcel":
        """Take from a shipment what is seen of it beside its price."""
        gifts = [(line.line_id, line.gift.message) for line in shipment.lines if line.gift]
        return cls(shipment_id=shipment.id, address=shipment.address, gifts=tuple(gifts))


@attrs.frozen(kw_only=True, field_transformer=typed)
class Shown:
    """What was shown of one version of a draft.

    Attributes:
        draft_id: The id of the draft.
        version: The version of the draft.
        contact: What was seen of the contact, or None without one.
        shipments: Where the shipments go.
        quote: What was seen of the price.
    """

    draft_id: str
    version: int
    contact: ShownContact | None
    shipments: tuple[ShownParcel, ...]
    quote: ShownQuote

    @property
    def token(self) -> str:
        """A short text that is the same only if all that was shown is the same.

        It has a version and a SHA-256 digest, and says nothing about the customer.
        """
        # Here and not above: it loads OpenSSL, the slowest import that an order desk would have.
        from hashlib import sha256  # noqa: PLC0415

        plain = attrs.asdict(self, value_serializer=lambda _, __, value: _plain(value))
        text = json.dumps(plain, sort_keys=True, ensure_ascii=True)
        return f"{self.version}.{sha256(text.encode()).hexdigest()[:40]}"

    def differences(self, later: "Shown", quote: Quote) -> tuple[str, ...]:
        """What whoever saw this has to know of a later view with its quote, in words (OE-22)."""
        return (
            *_changed_contact(self.contact, later.contact),
            *self.quote.differences(quote),
            *_changed_shipments(self, later),
        )


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Money) else value


def _changed_contact(seen: ShownContact | None, later: ShownContact | None) -> Iterator[str]:
    if later is None:
        if seen is not None:
            yield sentences.contact_deleted(seen.name)
    elif seen is None or seen.id != later.id:
        yield sentences.another_contact(later.name)
    else:
        if seen.reach != later.reach:
            yield sentences.contact_changed(later.reach)
        if seen.addresses != later.addresses:
            yield sentences.addresses_changed(later.name)


def _changed_shipments(seen: Shown, later: Shown) -> Iterator[str]:
    lines = (*seen.quote.lines, *later.quote.lines)
    names = {line.line_id: line.description for line in lines}
    there = {line.line_id for line in later.quote.lines}
    before = {parcel.shipment_id: parcel for parcel in seen.shipments}
    for parcel in later.shipments:
        was = before.get(parcel.shipment_id)
        if was is None:
            yield sentences.shipment_added(parcel.address)
        elif was.address != parcel.address:
            yield sentences.shipment_moved(was.address, parcel.address)
        old, new = dict(was.gifts) if was else {}, dict(parcel.gifts)
        for line_id, text in new.items():
            if text != old.get(line_id):
                yield sentences.is_a_gift(names[line_id], text)
        for line_id in old:
            if line_id not in new and line_id in there:
                yield sentences.no_longer_a_gift(names[line_id])
    kept = {parcel.shipment_id for parcel in later.shipments}
    for parcel in seen.shipments:
        if parcel.shipment_id not in kept:
            yield sentences.nothing_goes_to(parcel.address)
