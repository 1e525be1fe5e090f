"""All that is wrong with a form, told at once: who has to be asked on the phone is asked once."""

from collections.abc import Callable, Iterator, Mapping

import attrs

from backoffice.visits import Trouble
from cartcore.errors import CartcoreError

RIGHT = {
    **dict.fromkeys(("name", "title", "to_line1"), "x"),
    **dict.fromkeys(("price", "quantity"), "1"),
    "to_country": "US",
}
"""What nobody refuses in a field that must not be empty."""

Check = Callable[[Mapping[str, str]], object]


def with_all_faults(trouble: Trouble, check: Check) -> Trouble:
    """Add to what is wrong with a form all else that `check`, which raises it, refuses there."""
    all_of_it = [trouble, *_further(trouble, check)]
    also = {each.field: each.message for each in all_of_it[1:]}
    return attrs.evolve(trouble, also=also, kept=all_of_it[-1].kept)


def _further(trouble: Trouble, check: Check) -> Iterator[Trouble]:
    """Put one field after the other right, as if it had been mended, and look at the rest."""
    form, put_right = dict(trouble.typed), set[str]()
    while trouble.field in form.keys() - put_right:
        put_right.add(trouble.field)
        form |= {trouble.field: RIGHT.get(trouble.field, ""), "kept": trouble.kept}
        try:
            check(form)
        except CartcoreError as error:
            trouble = Trouble.of(error, trouble.form, form)
            if trouble.field in form.keys() - put_right:
                yield trouble
        else:
            return
