"""Which language a person reads, from what the system says of itself."""

import locale

import pytest

from reedgate_boards.site.language import chosen_language


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in ("REEDGATE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variable", "value", "language"),
    [
        ("LANG", "zh_CN.UTF-8", "zh"),  # asked for, though this machine may not have it installed
        ("LC_ALL", "zh_TW", "zh"),
        ("LC_MESSAGES", "en_GB.UTF-8", "en"),
        ("LANG", "C.UTF-8", "en"),
        ("LANG", "de_DE.UTF-8", "en"),
    ],
)
def test_the_environment_s_language_counts(variable, value, language, monkeypatch):
    monkeypatch.setenv(variable, value)
    assert chosen_language() == language


@pytest.mark.parametrize(
    ("named", "language"),
    [("Chinese (Simplified)_China", "zh"), ("zh_CN", "zh"), ("English_UK", "en"), (None, "en")],
)
def test_without_one_the_locale_counts(named, language, monkeypatch):
    monkeypatch.setattr(locale, "getlocale", lambda: (named, None))
    assert chosen_language() == language


def test_what_was_asked_goes_before_the_site_and_the_system(monkeypatch):
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert chosen_language(site="zh") == "zh"
    monkeypatch.setenv("REEDGATE_LANG", "en")
    assert chosen_language(site="zh") == "en"
    assert chosen_language(asked="zh", site="en") == "zh"
