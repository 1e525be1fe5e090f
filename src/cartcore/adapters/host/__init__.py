"""Storage in the application's own transaction (HA-2)."""

from cartcore.adapters.host.storage import HostStorage, migrate

__all__ = ["HostStorage", "migrate"]
