import pytest

from cartcore.errors import OptionsNotAvailable
from tests.carts import product, variant

SHIRT = product(
    "shirt",
    variant("S-BLK-M", "10.00", "Black", "M"),
    variant("S-BLK-L", "10.00", "Black", "L"),
    variant("S-WHT-M", "10.00", "White", "M"),
    variant("S-RED-M", "10.00", "Red", "M", published=False),
    options=("Color", "Size"),
)


class TestChoose:
    def test_options_of_unpublished_variants_alone(self) -> None:
        """A colour that is not sold is refused at once, with what can be chosen (OE-4, OE-5)."""
        with pytest.raises(OptionsNotAvailable) as caught:
            SHIRT.choose({"Color": "Red"})

        assert (("Black", "M"), ("Black", "L"), ("White", "M")) == caught.value.open.combinations
