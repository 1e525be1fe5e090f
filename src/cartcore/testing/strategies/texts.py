"""Texts that hold what breaks careless code.

Accents composed and decomposed, letters that become several when case is ignored, other scripts,
marks alone, and the edges of Unicode. Words are few, so that records and filters meet.
"""

from hypothesis import strategies as st

from cartcore.values.text import normal

_WORDS = (
    *("ann", "Ann", "Anna", "ANNE", "b", "Müller", "Mu\u0308ller", "muller", "Straße", "STRASSE"),
    *(
        "İstanbul",
        "istanbul",
        "\u0131stanbul",
        "\u017f",
        "ﬁn",
        "Ægir",
        "aegir",
        "Søren",
        "soren",
        "Łukasz",
        "lukasz",
        "Анна",
        "山田",
        "山",
        "naïve",
        "O'Brien",
        "OBrien",
        "Müller",
        "Mueller",
        "राम",
        "राव",
        "ガル",
        "कम\u0932\u093e",
    ),
    *("Jean-Luc", "x_1", "42", "٤٢", "Ⅷ", "...", "-", "\u0301", "\u200d", "\ud7ff", "\ue000"),
    *("a\ue000", "a\U0010ffff", "\U0010ffff", "\U0010ffff\U0010ffff", "%", "_", "'", "\\", '"'),
)

_BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_any_text = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=_BIDI_CONTROLS), max_size=20
)

optional_texts = st.one_of(
    st.lists(st.sampled_from(_WORDS), max_size=3).map(" ".join), _any_text
).map(str.strip)
"""Texts such as names and filters."""

texts = optional_texts.filter(normal)
"""Such texts of which something is seen."""

messages = st.lists(optional_texts, max_size=3).map(lambda lines: "\n".join(lines).strip())
"""Texts of several lines."""

image_urls = st.sampled_from(
    ["", "https://cdn.example/a.jpg?v=1", "https://bilder.example/größe.png"]
)

some_texts = st.lists(texts, max_size=2).map(tuple)
