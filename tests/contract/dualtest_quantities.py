"""Quantities and the text of their integers, under both Pythons."""

from reedgate_contract import codes
from reedgate_contract.quantities import (
    QUANTITIES,
    QUANTITY_KEYS,
    decimals_of,
    text_of,
    unit_of,
)

_TEXTS = (
    (6800, 3, "6.800"),
    (0, 3, "0.000"),
    (-5, 2, "-0.05"),
    (-120, 0, "-120"),
    (1073741823, 1, "107374182.3"),
    (999, 3, "0.999"),
)


def test_texts():
    for scaled, decimals, text in _TEXTS:
        assert text_of(scaled, decimals) == text


def test_codes_are_one_to_one():
    assert len(QUANTITY_KEYS) == len(QUANTITIES)
    for code, unit, decimals in QUANTITIES.values():
        assert unit_of(code) == unit
        assert decimals_of(code) == decimals


def test_every_code_has_a_name():
    for prefix, names in (
        ("STATUS_", codes.STATUS_NAMES),
        ("DETAIL_", codes.DETAIL_NAMES),
        ("RULE_", codes.RULE_NAMES),
        ("TARGET_", codes.TARGET_NAMES),
        ("POSITION_", codes.POSITION_NAMES),
        ("CAUSE_", codes.CAUSE_NAMES),
        ("WAIT_", codes.WAIT_NAMES),
        ("RESET_", codes.RESET_NAMES),
        ("FLAG_", codes.FLAG_NAMES),
    ):
        found = {}
        for name in dir(codes):
            if name.startswith(prefix) and name != prefix + "NAMES":
                found[getattr(codes, name)] = name[len(prefix) :].lower()
        expected = names if isinstance(names, dict) else dict(enumerate(names))
        reserved = [code for code in expected if expected[code].startswith("reserved_")]
        assert found == {code: expected[code] for code in expected if code not in reserved}
