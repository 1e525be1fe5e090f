"""The steps, each a file; Alembic finds the next one by its `down_revision`."""
