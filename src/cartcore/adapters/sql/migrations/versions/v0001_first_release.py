"""The tables of the first release, where all migrations begin: there is nothing to do."""

revision = "0001"
down_revision = None
