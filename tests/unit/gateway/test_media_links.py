"""Links are good until they end, and no other link is."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.media.errors import LinkInvalid
from services.gateway.media.links import MediaLinks

ID = "med_" + "0" * 24
OTHER = "med_" + "1" * 24
LIFETIME = 4 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.5

    def __call__(self) -> float:
        return self.now


def links(clock: Clock, key: bytes = b"k" * 32) -> MediaLinks:
    return MediaLinks(key=key, lifetime_seconds=LIFETIME, now=clock)


def parts(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_link_is_good_for_its_lifetime_and_not_after_its_end() -> None:
    clock = Clock()
    signer = links(clock)
    url = signer.sign(ID)
    assert urlsplit(url).path == f"/media/{ID}"
    given_parts = parts(url)
    left = signer.check(ID, **given_parts)
    assert LIFETIME <= left <= LIFETIME + LIFETIME // 4
    clock.now += LIFETIME
    assert signer.check(ID, **given_parts) >= 0
    clock.now = int(given_parts["expires"]) - 0.1
    assert signer.check(ID, **given_parts) == 1
    clock.now = int(given_parts["expires"])
    with pytest.raises(LinkInvalid):
        signer.check(ID, **given_parts)


def test_links_made_in_one_window_are_the_same() -> None:
    clock = Clock()
    signer = links(clock)
    clock.now = 1_700_006_400.0  # a multiple of the window
    made = set()
    for second in range(0, 3600, 300):
        clock.now = 1_700_006_400.0 + second + 1
        made.add(signer.sign(ID))
    assert len(made) == 1
    clock.now += 3600
    assert signer.sign(ID) not in made


@pytest.mark.parametrize(
    "change",
    [
        {"media_id": OTHER},
        {"expires": "9999999999"},
        {"expires": ""},
        {"expires": "-1"},
        {"expires": "９９"},
        {"expires": "9" * 40},
        {"expires": "0x10"},
        {"signature": ""},
        {"signature": "A" * 43},
        {"signature": "ß\udcff"},
    ],
)
def test_a_changed_link_is_refused(change: dict[str, str]) -> None:
    signer = links(Clock())
    good = {"media_id": ID, **parts(signer.sign(ID))}
    signer.check(**good)
    with pytest.raises(LinkInvalid):
        signer.check(**{**good, **change})


def test_a_link_of_another_key_is_refused() -> None:
    clock = Clock()
    with pytest.raises(LinkInvalid):
        links(clock).check(ID, **parts(links(clock, b"x" * 32).sign(ID)))


def test_every_uri_in_a_value_becomes_a_link() -> None:
    signer = links(Clock())
    found = signer.sign_all(
        {
            "image": f"crewline-media:{ID}",
            "html": f'<img src="crewline-media:{ID}"><img src="crewline-media:{OTHER}">',
            "deep": [{"x": [f"crewline-media:{OTHER}", 7, None, True, 1.5]}],
            "not": ["crewline-media:med_short", f"crewline-media:{ID}x", "med_" + "0" * 24],
        }
    )
    assert found == {
        "image": signer.sign(ID),
        "html": f'<img src="{signer.sign(ID)}"><img src="{signer.sign(OTHER)}">',
        "deep": [{"x": [signer.sign(OTHER), 7, None, True, 1.5]}],
        "not": ["crewline-media:med_short", f"crewline-media:{ID}x", "med_" + "0" * 24],
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_names_no_file_stays_as_it_is(value: object) -> None:
    assert links(Clock()).sign_all(value) == value
