import pytest

from cartcore.rules.builtin.zone_rates import Zone, ZoneRates
from tests.carts import request, usd


class TestZoneRates:
    @pytest.mark.parametrize(
        ("prefix", "code", "covered"),
        [("SW", "sw1a 1aa", 1), ("sw", "SW1A 1AA", 1), ("SW", "SE1 0AA", 0)],
    )
    def test_case_of_postal_codes_is_ignored(self, prefix: str, code: str, covered: int) -> None:
        """A zone's postal prefixes match however either side is typed (PR-21)."""
        zone = Zone(name="near", price=usd("3.00"), postal_prefixes=(prefix,))
        rates = ZoneRates(code="van", name="Van", zones=(zone,))

        assert covered == len(rates.speeds(request(postal_code=code)))
