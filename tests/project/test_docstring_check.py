"""The lint of docstrings: each says in the imperative what its function does."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.check_docstrings import complaint, complaints


@pytest.mark.parametrize(
    "docstring",
    [
        "Return the id.",
        "Store an event. Raises UserError.",
        "Pass a request on.",
        "Bring it back.",
        "Focus, then type.",
    ],
)
def test_an_imperative_that_says_what_happens_passes(docstring: str) -> None:
    assert complaint(docstring) is None


@pytest.mark.parametrize(
    ("docstring", "why"),
    [
        ("Give the id.", "Return or Yield"),
        ("Take the settings.", "nothing in __init__"),
        ("Whether it works.", "no verb"),
        ("``/login``: the form.", "no verb"),
        ("Returns the id.", "no imperative"),
        ("Sending an event.", "no imperative"),
        ("Store the hours anew.", "anew"),
        ("Return the path to who asked.", "to who"),
    ],
)
def test_what_is_vague_or_no_imperative_is_reported(docstring: str, why: str) -> None:
    assert why in str(complaint(docstring))


def test_functions_are_checked_and_properties_may_be_nouns(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(
        'class Hub:\n    """A hub."""\n\n    @property\n    def name(self):\n        """The name."""\n\n'
        '    async def speak(self):\n        """Say something."""\n\n    def silent(self): ...\n'
    )
    assert [line.partition(" ")[2] for line in complaints(file)] == ["speak: 'Say' is vague: Return, Print or Log"]
