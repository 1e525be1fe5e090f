"""cartcore in a Django project: an app with migrations, a storage and read-only admin (HA-3).

Name it in `INSTALLED_APPS`, run `manage.py migrate`, and give `DjangoStorage()` to an order desk.
"""

from cartcore.adapters.django.ports import ModelContacts, ModelProducts
from cartcore.adapters.django.routers import UnitOfWorkRouter
from cartcore.adapters.django.storage import DjangoStorage

__all__ = ["DjangoStorage", "ModelContacts", "ModelProducts", "UnitOfWorkRouter"]
