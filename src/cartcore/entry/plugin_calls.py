"""The desk's calls of plugins: what they do wrong and what takes long goes to a log (PK-16).

The logger is `cartcore.plugins`. A time never changes a quote: it is measured here, and pricing has
no clock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import perf_counter
from typing import Final

from cartcore.cart import Cart
from cartcore.entry.facts import Facts
from cartcore.entry.store import Store
from cartcore.errors import PluginError
from cartcore.pricing.engine import price
from cartcore.pricing.quote import Quote
from cartcore.shop.speeds import ShipmentRequest, SpeedOffers, ask_providers
from cartcore.values.guard import LOGGER, PluginFault

SLOW: Final = 1.0
"""Calls of so many seconds or more are logged."""
SELDOM: Final = 600.0
"""So many seconds have to pass before the same is logged again."""

_MOST_KNOWN = 1000


class PluginLog:
    """What is logged of plugins; the same again only after a while, with how often it was."""

    def __init__(self, now: Callable[[], float] = perf_counter) -> None:
        self._now = now
        self._known: dict[tuple[str, ...], tuple[float, int]] = {}

    def fault(self, fault: PluginFault) -> None:
        """Log what a plugin did wrong; with its exception, which can quote anything, at DEBUG."""
        again = self._again((fault.plugin, fault.subject, fault.problem))
        if again is None:
            return
        from logging import getLogger  # noqa: PLC0415  (only where something is to be told)

        fields = {
            "event": "plugin_fault",
            "plugin": fault.plugin,
            "subject": fault.subject,
            "error": fault.error,
            "more": again,
        }
        short = f"the plugin {fault.plugin!r} failed for {fault.subject}"
        short += f": it raised {fault.error}" if fault.error else ""
        getLogger(LOGGER).error("%s%s", short, _more(again), extra=fields)
        trace = f"\n{fault.traceback}" if fault.traceback else ""
        getLogger(LOGGER).debug("%s%s%s", fault, _more(again), trace, extra=fields)

    @contextmanager
    def watch(self, plugin: str, subject: str) -> Iterator[None]:
        """Log a call that takes long."""
        started = self._now()
        try:
            yield
        finally:
            seconds = self._now() - started
            if seconds >= SLOW:
                self._slow(plugin, subject, seconds)

    def _slow(self, plugin: str, subject: str, seconds: float) -> None:
        again = self._again((plugin, subject))
        if again is None:
            return
        from logging import getLogger  # noqa: PLC0415  (only where something is to be told)

        fields = {
            "event": "plugin_slow",
            "plugin": plugin,
            "subject": subject,
            "seconds": seconds,
            "more": again,
        }
        said = f"the plugin {plugin!r} took {seconds:.1f} s for {subject}"
        getLogger(LOGGER).warning("%s%s", said, _more(again), extra=fields)

    def _again(self, key: tuple[str, ...]) -> int | None:
        """How often the same was left out since it was logged last; None to leave it out again."""
        now = self._now()
        last, left_out = self._known.get(key, (None, 0))
        if last is not None and now - last < SELDOM:
            self._known[key] = (last, left_out + 1)
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[key] = (now, 0)
        return left_out


def _more(left_out: int) -> str:
    return f" ({left_out} more since this was logged last)" if left_out else ""


class PluginCalls:
    """Asks the plugins of a store for one look at drafts; a provider once for the same shipment."""

    def __init__(self, store: Store, log: PluginLog) -> None:
        self._store = store
        self._log = log
        self._offers: dict[ShipmentRequest, SpeedOffers] = {}

    def speeds(self, request: ShipmentRequest) -> SpeedOffers:
        """Return all speeds for a shipment (OE-13)."""
        offers = self._offers.get(request)
        if offers is None:
            offers = ask_providers(self._store.speeds, request, self._log.watch)
            self._offers[request] = offers
            for each in offers.failures:
                if each.broken:
                    subject = f"the shipment {request.shipment_id!r}"
                    told = each.provider, subject, each.reason, each.error, each.traceback
                    self._log.fault(PluginFault(*told))
        return offers

    def price(self, cart: Cart, facts: Facts, at: datetime, *, with_tax: bool = True) -> Quote:
        """Price a cart as the store does, or as it would without tax.

        Raises:
            PluginError: a plugin failed, and the policy does not skip it.
            TaxUndetermined: the tax calculator cannot tell a tax (TX-9).
        """
        try:
            quote = price(
                cart,
                facts.promotions,
                at=at,
                products=facts.products,
                usage=facts.usage,
                policy=self._store.policy,
                tax=self._store.tax if with_tax else None,
                watch=self._log.watch,
            )
        except PluginError as error:
            self._log.fault(PluginFault.of(error))
            raise
        for fault in quote.faults:
            self._log.fault(fault)
        return quote
