"""cartcore's tables, at schema version 13."""

from typing import ClassVar

from django.db import migrations

from cartcore.adapters.django.operations import BringUp


class Migration(migrations.Migration):
    """Nothing of what Django's models see is changed."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("cartcore", "0004_references")]
    operations: ClassVar[list[object]] = [BringUp(13)]
