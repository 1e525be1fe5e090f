"""What is published: cartcore and the plugin in examples/plugin, built, installed and used.

They are installed into an environment of their own, from the files that a release consists of. Only
what they depend on comes from the package index, or from pip's cache.
"""

import json
import sys
from pathlib import Path

import pytest

from tests.support.building import ROOT, install, run

GENERATED = {"__pycache__", "_build", "rule-tests.md", ".pytest_cache", ".hypothesis", "dist"}

ORDER = """
from moneyed import Money
from cartcore import Address, Contact, OrderDesk, Product, Promotion, Serializer, Store, Variant
from cartcore.adapters.sqlite import SQLiteStorage
from cartcore.rules import load_rulebook

rulebook = load_rulebook(discover=True)
promotion = Serializer(rulebook).load(
    {
        "format": 4,
        "id": "mix",
        "name": "Mix and save",
        "effect": {"type": "roastery.mix", "percent": "5", "most": "10"},
        "conditions": [{"type": "roastery.min_weight", "grams": 1000}],
    },
    Promotion,
)
courier = rulebook.speed_providers["roastery.bike_courier"](
    price=Money("3.00", "EUR"),
    per_kilogram=Money("1.50", "EUR"),
    countries=("DE",),
    postal_prefixes=("04",),
)
address = Address(
    name="Ann Lee", line1="Markt 1", city="Leipzig", postal_code="04109", country="DE"
)
with SQLiteStorage("shop.db", rulebook=rulebook) as storage:
    with storage.write() as work:
        for name in ("Yirga", "Sidamo", "Harrar"):
            variant = Variant(sku=name, price=Money("10.00", "EUR"), weight_grams=250)
            work.products.add(Product(id=name, title=name, variants=(variant,)))
        work.contacts.add(Contact(id="ann", name="Ann Lee", addresses=(address,)))
        work.promotions.add(promotion)
        work.commit()
    desk = OrderDesk(storage, Store(currency="EUR", country="DE", speeds=(courier,)))
    draft_id = desk.start(actor="sam").id
    with desk.edit(draft_id) as edit:
        edit.choose_contact("ann")
    with desk.edit(draft_id) as edit:
        for name in ("Yirga", "Sidamo", "Harrar"):
            edit.add_item(name, quantity=2)
        edit.save_items()
    with desk.edit(draft_id) as edit:
        edit.choose_speed(edit.draft.shipments[0].id, "bike")
        edit.go_to("review")
    order = desk.place(draft_id, seen=desk.view(draft_id).quote, actor="sam")
with SQLiteStorage("shop.db", rulebook=load_rulebook(discover=True)) as storage:
    desk = OrderDesk(storage, Store(currency="EUR", country="DE"))
    totals = desk.order(order.number).quote.totals
print(totals.item_discounts.amount, totals.shipping.amount, totals.total.amount)
"""


@pytest.fixture(scope="module")
def clean(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which both are installed, and nothing of this one."""
    folder = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", "--without-pip", "env", folder=folder)
    python = folder / "env" / "bin" / "python"
    install(python, f"cartcore[sql] @ {built['cartcore'].as_uri()}", str(built["acme_roastery"]))
    return python


@pytest.fixture(scope="module")
def shop(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a shop in which an order was taken; what that printed is beside it."""
    folder = tmp_path_factory.mktemp("shop")
    printed = run(clean, "-c", ORDER, folder=folder)
    (folder / "printed").write_text(printed, encoding="utf-8")
    return folder


def test_an_order_is_taken_with_a_plugin_that_was_found(shop: Path) -> None:
    """Three coffees for 20.00 each less 10 %, by bike for 3.00 and two kilograms (PK-7, PK-3)."""
    assert (shop / "printed").read_text(encoding="utf-8") == "6.00 6.00 60.00\n"


def test_its_plugin_is_listed(clean: Path, shop: Path) -> None:
    """The command line finds it by its entry point, and the database is sound (PK-7, PK-9)."""
    told = json.loads(run(clean, "-m", "cartcore", "plugins", "--json", folder=shop))
    [roastery] = [each for each in told["plugins"] if each["name"] == "roastery"]

    assert ("acme-roastery", "1.0.0") == (roastery["distribution"], roastery["version"])
    assert ["roastery.bike_courier", "roastery.min_weight", "roastery.mix"] == roastery["types"]
    assert [] == roastery["faults"]
    assert "" == run(clean, "-m", "cartcore", "check", "shop.db", folder=shop)


def test_the_shop_goes_on_when_it_is_uninstalled(
    clean: Path, shop: Path, built: dict[str, Path]
) -> None:
    """Its promotion is kept, and applies again when it is back (PK-5, PK-7)."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    with_it = run(clean, "-m", "cartcore", "export", "shop.db", folder=shop)
    run(*pip, "--python", clean, "uninstall", "--yes", "acme-roastery", folder=shop)
    without = run(clean, "-m", "cartcore", "export", "shop.db", folder=shop)
    install(clean, "--no-deps", str(built["acme_roastery"]))

    assert with_it == without
    assert '"type":"roastery.mix"' in without


def test_its_own_tests_pass(clean: Path, built: dict[str, Path]) -> None:
    """They run from its source distribution, with what its extra `testing` installs (PK-7)."""
    install(clean, f"cartcore[testing] @ {built['cartcore'].as_uri()}")

    said = run(clean, "-m", "pytest", "-q", folder=built["acme_roastery source"])

    assert " passed" in said
    assert "skipped" not in said


def test_the_source_distribution_is_whole(built: dict[str, Path]) -> None:
    """It has each file of the sources, tests, pages and examples (PK-7)."""
    there = built["cartcore source"]
    wanted = {
        path.relative_to(ROOT)
        for top in ("src", "tests", "docs", "examples", "benchmarks")
        for path in (ROOT / top).rglob("*")
        if path.is_file()
        and not GENERATED.intersection(path.parts)
        and ".sqlite" not in path.name
        and not any(part.endswith(".egg-info") for part in path.parts)
    }
    single = {
        Path(p) for p in ("conftest.py", "pyproject.toml", "README.md", "LICENSE", "Makefile")
    }

    found = {path.relative_to(there) for path in there.rglob("*") if path.is_file()}
    assert wanted | single <= found


def test_tests_run_from_the_source_distribution(built: dict[str, Path]) -> None:
    """The tests that read the most other files pass in it: pages, paths, fixtures (PK-7)."""
    folder = built["cartcore source"]
    chosen = ("tests/project/test_paths_in_docs.py", "tests/rules", "docs/for-plugins.md")

    said = run(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *chosen),
        folder=folder,
        PYTHONPATH=str(folder / "src"),
    )

    assert " passed" in said
