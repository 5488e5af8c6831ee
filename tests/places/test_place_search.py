"""Names are found as people type them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iot_hub.places.search import ACCENTED, PLAIN, best, folded, rank


def test_accents_and_case_do_not_matter() -> None:
    assert folded("  Łódź  ŻABIENIEC ") == "lodz zabieniec"
    assert folded("Straße in Tórshavn, Ærø") == "strasse in torshavn, aero"
    assert rank("krak", "Kraków") == 1 and rank("KRAKÓW", "Krakow") == 0


def test_the_beginning_of_a_name_fits_best_then_that_of_a_word_then_any_part() -> None:
    names = ["Old Town", "Town", "Townsville", "Downtown", "Elsewhere"]
    found = best("town", [{"name": name, "visits": 1} for name in names], 10)
    assert [row["name"] for row in found] == ["Town", "Townsville", "Old Town", "Downtown"]


def test_of_equal_fits_the_most_visited_comes_first() -> None:
    rows = [{"name": "Gym A", "visits": 1}, {"name": "Gym B", "visits": 9}]
    assert [row["name"] for row in best("gym", rows, 1)] == ["Gym B"]


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet=ACCENTED + PLAIN, max_size=20))
def test_the_database_folds_latin_letters_alike(text: str) -> None:
    assert text.translate(str.maketrans(ACCENTED, PLAIN)).split() == folded(text).split()
