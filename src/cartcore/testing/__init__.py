"""What an author tests an adapter or a plugin with: the extra `cartcore[testing]`."""

import pytest

# The suites are not test modules: without this, their failures would not show the values compared.
pytest.register_assert_rewrite("cartcore.testing.storage", "cartcore.testing.pricing")
