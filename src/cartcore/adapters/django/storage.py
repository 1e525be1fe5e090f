"""Storage on Django's own connection, as part of its transaction (HA-2, HA-3)."""

from django.apps import apps
from django.db import connections, router

from cartcore.adapters.django.transaction import DjangoTransaction
from cartcore.adapters.host import HostStorage
from cartcore.adapters.sql.transaction import Transaction
from cartcore.promotions.rulebook import Rulebook
from cartcore.values.arguments import check_arguments


class DjangoStorage(HostStorage):
    """Storage in a database of `DATABASES`, whose tables `manage.py migrate` has made.

    A unit of work is a block of `transaction.atomic`: a transaction of its own, or inside another
    block a savepoint of that. What Django's models do meanwhile, such as in the hooks of the desk,
    is part of it, and what they leave for `transaction.on_commit` runs after the commit.

    Inside a block of yours the lock of all writers is taken by the first unit of work for writing,
    and kept until your outermost block ends: open it before you lock rows (`select_for_update`).

    Like Django's connections it is used from the thread that it is called in; each one has its own.

    Args:
        using: the alias in `DATABASES`; if left out, the database that the project's routers give
            for writing cartcore's model `Order`. Reading goes there, too: staff see what they have
            just saved.
        rulebook: the types that stored promotions can have; the built-in ones if left out.
    """

    @check_arguments
    def __init__(self, using: str | None = None, *, rulebook: Rulebook | None = None) -> None:
        super().__init__(lambda: connections[self.using].connection, rulebook=rulebook)
        self._using = using

    def __repr__(self) -> str:
        return f"DjangoStorage({self._using!r})"

    @property
    def using(self) -> str:
        """The alias of the database that is used now."""
        if self._using is not None:
            return self._using
        return str(router.db_for_write(apps.get_model("cartcore", "Order")))

    def _transaction(self, *, writing: bool) -> Transaction:
        return DjangoTransaction(self.using, writing=writing)
