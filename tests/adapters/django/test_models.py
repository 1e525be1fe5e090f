"""The models of orders and promotions are for looking (HA-3)."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import NotSupportedError
from django.db.models import F

from cartcore.adapters.django import DjangoStorage
from cartcore.adapters.django.models import Order, Promotion
from cartcore.testing.records import a_promotion, an_order
from cartcore.testing.storage import store
from tests.adapters.django.shop.models import Stock


@pytest.fixture(autouse=True)
def filled(vendor: str) -> None:
    """An order and a promotion."""
    store(DjangoStorage(), "orders", an_order("o1", number="5001"))
    store(DjangoStorage(), "promotions", a_promotion("spring"))


CHANGES: list[Callable[[Any], Any]] = [
    lambda model: model.objects.all().delete(),
    lambda model: model._default_manager.filter(pk="o1").delete(),
    lambda model: model.objects.get().delete(),
    lambda model: model.objects.get().save(),
    lambda model: model.objects.get().save(update_fields=["document"], force_update=True),
    lambda model: model(pk="new", document="{}").save(),
    lambda model: model.objects.create(pk="new", document="{}"),
    lambda model: model.objects.get_or_create(pk="new"),
    lambda model: model.objects.update_or_create(pk="o1", defaults={"document": "{}"}),
    lambda model: model.objects.bulk_create([model(pk="new", document="{}")]),
    lambda model: model.objects.bulk_update([model.objects.get()], ["document"]),
    lambda model: model.objects.update(document="{}"),
    lambda model: model.objects.filter(pk="o1").update(pk=F("document")),
    lambda model: model.objects.filter(pk="o1")._raw_delete("default"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_models_change_nothing(change: Callable[[Any], Any]) -> None:
    """Whatever an ORM can do to them is refused, and the error names what changes them."""
    before = [*Order.objects.values(), *Promotion.objects.values()]
    with pytest.raises(NotSupportedError, match="OrderDesk"):
        change(Order)
    with pytest.raises(NotSupportedError, match="Administration"):
        change(Promotion)
    assert before == [*Order.objects.values(), *Promotion.objects.values()]


def test_a_project_can_be_dumped_and_loaded(tmp_path: Any) -> None:
    """With `--exclude cartcore`, as the page says, `loaddata` reads what `dumpdata` wrote."""
    Stock.objects.create(sku="MUG", pieces=3)
    file = tmp_path / "dump.json"
    call_command("dumpdata", exclude=["cartcore"], output=str(file), stdout=io.StringIO())
    Stock.objects.all().delete()
    call_command("loaddata", str(file), verbosity=0)
    assert 3 == Stock.objects.get().pieces
    assert "5001" == Order.objects.get().number
