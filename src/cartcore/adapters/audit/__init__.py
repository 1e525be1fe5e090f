"""Goes through a database and says what is wrong in it (ST-5, ST-6).

It shares no code with the adapters that write the tables, nor with the pricing engine: it reads
them with plain SQL and does the sums again, so that a mistake there does not hide itself here.
"""

from cartcore.adapters.audit.auditing import audit
from cartcore.adapters.audit.finding import Fault, Finding
from cartcore.adapters.audit.reading import is_url

__all__ = ["Fault", "Finding", "audit", "is_url"]
