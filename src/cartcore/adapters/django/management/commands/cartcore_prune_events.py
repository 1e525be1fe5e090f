"""`manage.py cartcore_prune_events`: remove events that everybody has read (HA-6)."""

from typing import Any

from cartcore.adapters.django.commands import StorageCommand
from cartcore.adapters.django.storage import DjangoStorage
from cartcore.errors.sentences import counted
from cartcore.storage.pruning import prune_events


class Command(StorageCommand):
    """Removes the oldest events, and tells how many; fails for one that is still to come."""

    help = "Removes the events up to one that all who read them are done with."

    def add_arguments(self, parser: Any) -> None:
        """Take the alias of a database, and the last event to remove."""
        super().add_arguments(parser)
        parser.add_argument("up_to", type=int, help="sequence number of the last one to remove")

    def work_with(self, storage: DjangoStorage, options: Any) -> None:
        """Remove them."""
        removed = prune_events(storage, up_to=options["up_to"])
        self.stdout.write(f"removed {counted(removed, 'event')}")
