"""The form in which other programs see cartcore's values: JSON with schemas (HA-12).

`PlainForm` writes and reads values, and describes them in JSON Schema and OpenAPI. It has a version
of its own: what is stored can change its form without any other program noticing.
"""

from cartcore.plain.form import PlainForm
from cartcore.plain.values import VALUES, VERSION

__all__ = ["VALUES", "VERSION", "PlainForm"]
