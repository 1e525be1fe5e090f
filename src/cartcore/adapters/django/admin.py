"""Orders and promotions in Django's admin: to be looked at, with links to where they are entered.

The project says where that is, as for any model: by `ABSOLUTE_URL_OVERRIDES` in its settings.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from cartcore.adapters.django.models import Order, Promotion
from cartcore.adapters.django.storage import DjangoStorage
from cartcore.errors import CartcoreError
from cartcore.orders.filters import OrderFilter
from cartcore.receipt import order_details
from cartcore.values.money import show

_MOST = 200
"""How many orders a search gives for each kind of what it looks for."""

_SOUGHT = ("number", "contact", "email", "recipient", "address", "phone")


class ReadOnlyAdmin(admin.ModelAdmin):
    """Records that are looked at here and changed elsewhere."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: Any) -> bool:
        """Nobody adds one here."""
        del request
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody changes one here."""
        del request, obj
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody deletes one here."""
        del request, obj
        return False

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Return where order entry shows a record, if the project has said so."""
        found = getattr(obj, "get_absolute_url", None)
        return found() if found is not None else None

    def get_list_display(self, request: Any) -> Sequence[Any]:
        """Return the columns: with a link to order entry, if the project has said where that is."""
        columns = super().get_list_display(request)
        return (*columns, "entry") if hasattr(self.model, "get_absolute_url") else columns

    @admin.display(description="order entry")
    def entry(self, obj: Any) -> str:
        """A link to where the record is entered."""
        return format_html('<a href="{}">Open</a>', obj.get_absolute_url())


def _told(tell: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """What a column shows of a record, or why that cannot be read."""

    def told(_: ReadOnlyAdmin, obj: Any) -> Any:
        try:
            return tell(obj.value)
        except CartcoreError as error:
            return f"cannot be read: {error}"

    return told


def _local(time: datetime) -> datetime:
    """A time as Django shows it: its templates convert it only where it knows of time zones."""
    return timezone.localtime(time) if timezone.is_aware(timezone.now()) else time.astimezone(UTC)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Placed orders."""

    list_display = ("number", "placed", "contact", "total", "status", "placed_by")
    list_filter = ("status",)
    search_fields = ("number",)
    search_help_text = "Number, name, e-mail, phone or address"
    fields = ("details",)

    placed = admin.display(description="placed", ordering="placed_at")(
        _told(lambda order: _local(order.placed_at))
    )
    contact = admin.display(description="contact")(_told(lambda order: order.contact.name))
    total = admin.display(description="total")(_told(lambda order: show(order.total)))
    placed_by = admin.display(description="placed by")(_told(lambda order: order.placed_by))

    @admin.display(description="order")
    def details(self, obj: Order) -> str:
        """All of an order, as on its receipt."""
        zone = getattr(timezone.get_current_timezone(), "key", "UTC")  # an offset has no name
        told = _told(lambda order: order_details(order, timezone=zone))
        return format_html("<pre>{}</pre>", told(self, obj))

    def get_search_results(self, request: Any, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Find what order entry finds: by number, name, e-mail, phone or address."""
        del request
        if not search_term:
            return queryset, False
        return queryset.filter(pk__in={*_found(queryset.db, search_term)}), False


def _found(using: str, term: str) -> Iterator[str]:
    with DjangoStorage(using).read() as work:
        for field in _SOUGHT:
            sought: dict[str, Any] = {field: term}
            try:
                wanted = OrderFilter(**sought)
            except CartcoreError:
                continue  # no order has such a one
            yield from (order.id for order in work.orders.summaries(wanted, limit=_MOST).items)


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    """Promotions, whether enabled or not."""

    list_display = ("name", "codes", "trigger", "enabled")
    list_filter = ("enabled", "trigger")
    fields = ("details",)

    name = admin.display(description="name", ordering="id")(_told(lambda p: p.name))
    codes = admin.display(description="codes")(_told(lambda p: ", ".join(p.codes)))

    @admin.display(description="promotion")
    def details(self, obj: Promotion) -> str:
        """All of a promotion, in words."""
        return format_html("<pre>{}</pre>", _told(_in_words)(self, obj))


def _in_words(promotion: Any) -> str:
    return "\n".join(f"{label}: {told}" for label, told in promotion.table_rows())
