"""Contacts, addresses, and filters of contacts."""

from hypothesis import strategies as st

from cartcore.shop.address import Address
from cartcore.shop.contact import Contact, ContactFilter
from cartcore.testing.strategies.texts import optional_texts, texts
from cartcore.testing.strategies.values import attributes, references

_PHONES = (
    "",
    "+49 221 123",
    "0221-123",
    "221123",
    "(0)1 23",
    "23",
    "٢٣",
    "000",
    "none",
    "49221123 / 7001230",
)

_CITIES = ("", "Köln", "Koln", "Kölsch", "K", "İzmir", "\u0301", "São Paulo")
_REGIONS = ("", "NRW", "nrw", "Nord", "\u0301")
_COUNTRIES = ("DE", "US", "XK")
_TAGS = ("vip", "VIP", "Été", "ete", "\u0301", "new")
phones = st.sampled_from(_PHONES)
_email_parts = st.sampled_from(["ann", "Ann", "müller", "straße", "STRASSE", "İ", "x.y", "\ue000"])
emails = st.builds("{}@{}.example".format, _email_parts, _email_parts)
addresses = st.builds(
    Address,
    name=optional_texts,
    company=optional_texts,
    line1=texts,
    line2=optional_texts,
    city=st.sampled_from(_CITIES) | optional_texts,
    region=st.sampled_from(_REGIONS),
    postal_code=optional_texts,
    country=st.sampled_from(_COUNTRIES),
    phone=phones,
)


def contacts(ids: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Contact]:
    """Contacts with these ids."""
    return ids.flatmap(_contact)


def _contact(contact_id: str) -> st.SearchStrategy[Contact]:
    return st.builds(
        Contact,
        id=st.just(contact_id),
        reference=references(contact_id),
        name=texts,
        email=st.just("") | emails,
        phone=phones,
        addresses=st.lists(addresses, max_size=2).map(tuple),
        tags=st.lists(st.sampled_from(_TAGS), max_size=2).map(tuple),
        attributes=attributes,
    )


contact_filters = st.builds(
    ContactFilter,
    text=st.just("") | optional_texts | phones,
    name=st.just("") | optional_texts,
    email=st.just("") | st.sampled_from(["a", "ANN@", "mu", "strasse@", "i", "\ue000"]),
    phone=st.just("") | phones,
    city=st.just("") | st.sampled_from(_CITIES),
    region=st.just("") | st.sampled_from(_REGIONS),
    country=st.just("") | st.sampled_from([*_COUNTRIES, "de", "nowhere"]),
    tag=st.just("") | st.sampled_from(_TAGS),
)
