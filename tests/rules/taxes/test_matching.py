"""Which rows hold at a place: the index against a scan of all rows, with sets of postal codes."""

from datetime import date
from itertools import combinations

from hypothesis import event, given
from hypothesis import strategies as st

from cartcore.rules import Place
from cartcore.rules.builtin import AppliesTo, TaxRow
from cartcore.rules.builtin.taxes.flaws import flaws
from cartcore.rules.builtin.taxes.matching import RowIndex, Site

DAY = date(2026, 6, 1)
CODES = frozenset(range(1000))
STATES = {"": "", "CO": "CO", "colorado": "CO", "TX": "TX", "Texas": "TX"}

SPANS = ["", "8", "80", "802", "80..82", "800..829", "795..803", "79..80", "7..8", "803..803"]

ROWS = st.builds(
    TaxRow,
    name=st.sampled_from(["A", "B", "b"]),
    percent=st.integers(0, 100),
    country=st.just("US"),
    region=st.sampled_from(["", "CO", "colorado", "Texas"]),
    city=st.sampled_from(["", "", "Denver", "DENVER", "Austin"]),
    postal_code=st.sampled_from(SPANS),
    tax_class=st.sampled_from(["", "*", "food"]),
    applies_to=st.sampled_from(AppliesTo),
) | st.builds(
    TaxRow,
    name=st.sampled_from(["A", "B"]),
    percent=st.integers(0, 100),
    country=st.sampled_from(["*", "DE"]),
    tax_class=st.sampled_from(["", "*", "food"]),
)

PLACES = st.builds(
    Place,
    country=st.sampled_from(["US", "US", "US", "DE", "FR", ""]),
    region=st.sampled_from(["CO", "TX", "Texas", "NY", "", "Kolorado"]),
    city=st.sampled_from(["Denver", "Austin", "Boulder", ""]),
    postal_code=st.sampled_from(["802", "800", "795", "829", "700", "803", ""]),
)


def codes(row: TaxRow) -> frozenset[int]:
    """The postal codes of a row, one by one."""
    low, _, high = row.postal_code.partition("..")
    if not low:
        return CODES
    places = 10 ** (3 - len(low))
    return frozenset(range(int(low) * places, (int(high or low) + 1) * places))


def fits(row: TaxRow, place: Place) -> bool | None:
    """Whether a row is for a place; None if that depends on what is not known of it."""
    if row.country != "*" and not place.country:
        return None  # names of regions and forms of postal codes are those of a country
    state = STATES.get(place.region, "NY" if place.region == "NY" else "")
    wanted = [
        (row.country if row.country != "*" else "", place.country),
        (STATES[row.region], state),
        (row.city.lower(), place.city.lower()),
    ]
    said = [None if not there else own == there for own, there in wanted if own]
    if row.postal_code:
        said.append(int(place.postal_code) in codes(row) if place.postal_code else None)
    return False if False in said else None if None in said else True


def beats(one: TaxRow, other: TaxRow) -> bool:
    """Whether a row is more specific than another one that is for the same place."""
    if codes(one) != codes(other):
        return codes(one) < codes(other)
    for field, neutral in (("city", ""), ("region", ""), ("country", "*"), ("tax_class", "*")):
        said = [getattr(row, field) != neutral for row in (one, other)]
        if said[0] != said[1]:
            return bool(said[0])
    return False


def for_goods(row: TaxRow, tax_class: str, *, shipping: bool) -> bool:
    kind = "shipping" if shipping else "goods"
    return row.tax_class in (tax_class, "*") and row.applies_to in ("both", kind)


def contradict(one: TaxRow, other: TaxRow) -> bool:
    """Whether two rows of one name are for some place alike, and none of them decides."""
    same = all(
        not a or not b or a == b
        for a, b in (
            (STATES[one.region], STATES[other.region]),
            (one.city.lower(), other.city.lower()),
        )
    )
    common = codes(one) & codes(other)
    crossing = bool(common) and not (codes(one) <= codes(other) or codes(other) <= codes(one))
    goods = [
        (tax_class, shipping)
        for tax_class in ("", "food", "x")
        for shipping in (True, False)
        if all(for_goods(row, tax_class, shipping=shipping) for row in (one, other))
    ]
    if one.name.lower() != other.name.lower() or not goods or one.country != other.country:
        return False
    if crossing:
        return same
    return same and bool(common) and not beats(one, other) and not beats(other, one)


@given(st.lists(ROWS, max_size=7))
def test_overlaps_are_those_that_a_comparison_of_all_pairs_finds(rows: list[TaxRow]) -> None:
    """Rows are refused exactly where two of them are for the same, and such a pair is named (TX-7).

    Not all pairs are: a file without its column of postal codes would have millions.
    """
    pairs = {
        (a + 1, b + 1) for a, b in combinations(range(len(rows)), 2) if contradict(rows[a], rows[b])
    }
    found = flaws(RowIndex.of(rows), ())
    overlaps = {at for at, said in found if said.startswith(("both are for", "their postal codes"))}
    event("overlaps" if pairs else "none")
    assert overlaps <= pairs
    assert bool(overlaps) == bool(pairs)


@given(st.lists(ROWS, max_size=7), PLACES, st.sampled_from(["", "food", "x"]), st.booleans())
def test_rows_that_hold_are_those_that_a_scan_finds(
    rows: list[TaxRow],
    place: Place,
    tax_class: str,
    shipping: bool,  # noqa: FBT001
) -> None:
    """For each name the most specific row holds, and nothing is guessed (TX-7, TX-9)."""
    kept: list[TaxRow] = []
    for row in rows:
        if not any(contradict(row, each) for each in kept):
            kept.append(row)
    wanted: dict[str, TaxRow] = {}
    open_ends = False
    for name in {row.name.lower() for row in kept}:
        possible = [
            row
            for row in kept
            if row.name.lower() == name
            and for_goods(row, tax_class, shipping=shipping)
            and fits(row, place) is not False
        ]
        best = [row for row in possible if not any(beats(each, row) for each in possible)]
        if best:
            wanted[name] = best[0]
            open_ends |= any(fits(row, place) is None for row in best)
    event("undetermined" if open_ends else f"{len(wanted)} rows")

    regions = frozenset(STATES[row.region] for row in kept if row.region)
    site = Site.of(place, regions if place.country == "US" else ())
    found, missing = RowIndex.of(kept).holding(site, tax_class, DAY, shipping=shipping)

    assert bool(missing) == open_ends
    if not missing:
        assert {row.name: row.row for row in found} == wanted


@given(st.lists(ROWS, max_size=6), PLACES, st.randoms())
def test_order_of_rows_changes_nothing(rows: list[TaxRow], place: Place, random: object) -> None:
    """A table says the same of a place however its rows are sorted (TX-7)."""
    kept: list[TaxRow] = []
    for row in rows:
        if not any(contradict(row, each) for each in kept):
            kept.append(row)
    shuffled = [*kept]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    said = []
    for each in (kept, shuffled):
        site = Site.of(place, frozenset({"CO", "TX"}) if place.country == "US" else ())
        found, missing = RowIndex.of(each).holding(site, "", DAY, shipping=False)
        said.append((bool(missing), [] if missing else [row.rate for row in found]))
    assert said[0] == said[1]
