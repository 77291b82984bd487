"""NFC as Python has it, also for what Python takes long for."""

import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.platforms.x import _normal_form
from perennial.platforms.x._normal_form import normalized

MARKS = "\u0301\u0316\u0344\u0345\u0f71\u0f73\u0f75\u0f81\u302b\U0001d165\U0001e94a"


@given(st.text() | st.text(alphabet=MARKS + "aeω가각ᄀ\u1161\u2126", min_size=40))
def test_a_text_is_normalised_as_python_does_it(text: str) -> None:
    assert normalized(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73\u0f75", "\u0f81", "\U0001d165\u0316", "\u0344\u0316"])
def test_python_has_few_marks_to_exchange(monkeypatch: pytest.MonkeyPatch, marks: str) -> None:
    seen: list[str] = []

    def normalize(form: str, text: str) -> str:
        seen.append(text)
        return unicodedata.normalize(form, text)

    stand_in = SimpleNamespace(
        normalize=normalize, is_normalized=unicodedata.is_normalized, combining=unicodedata.combining
    )
    monkeypatch.setattr(_normal_form, "unicodedata", stand_in)
    normalized("a" + marks * 500)
    classes = [unicodedata.combining(mark) for mark in seen[-1]]
    assert classes == sorted(classes)
