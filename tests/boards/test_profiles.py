"""Instrument profiles: their golden bytes against independent code, and what is told of a bad one.

The CRC is pymodbus', the floats are struct's: nothing here shares code with the firmware.
"""

import re
import struct
from decimal import Decimal

import pytest
from pymodbus.framer.rtu import FramerRTU

from reedgate_boards.site.locator import instruments_dir
from reedgate_boards.site.profiles import load_profile, parse_profile, profile_names
from reedgate_boards.site.source import read_source
from reedgate_boards.site.user_error import UserError
from reedgate_contract.quantities import QUANTITIES

PROFILES = (
    "hach-3400-sc",
    "hach-ldo-aq",
    "hach-tss-sc",
    "in-situ-rdo-pro",
    "keller-series-30",
    "seametrics-ct2x",
    "seametrics-turbo",
    "supmea-do7013",
    "supmea-ec8",
    "yosemitech-y4000",
    "yosemitech-y504",
    "yosemitech-y510",
    "yosemitech-y511",
    "yosemitech-y520",
    "ysi-exo",
    "ysi-odo-rtu",
)

# As the makers' documents and drivers give them, copied by hand: (profile, request, reply).
FROM_THE_DOCUMENTS = {
    "read": {
        "yosemitech-y511": (
            "01 03 26 00 00 05 8E 81",
            "01 03 0A 33 33 63 41 9A 99 D9 40 00 00 B8 E0",
        ),
        "yosemitech-y504": (
            "01 03 26 00 00 06 CE 80",
            "01 03 0C 33 33 63 41 35 5E 5A 3F 00 00 0C 41 49 B3",
        ),
        "yosemitech-y520": ("01 03 26 00 00 05 8E 81", None),
        "keller-series-30": ("01 03 00 02 00 02 65 CB", "01 03 04 3F 75 F0 7B E3 DE"),
    },
    "start": {
        "yosemitech-y511": ("01 03 25 00 00 01 8F 06", None),
        "yosemitech-y504": ("01 03 25 00 00 01 8F 06", None),
        "yosemitech-y520": ("01 10 1C 00 00 00 00 D8 92", None),
    },
}
_NUMBERS = {"f32_abcd": ">f", "f32_dcba": "<f", "i16": ">h", "u16": ">H"}


def _adu(unit_id: int, pdu: bytes) -> bytes:
    head = bytes([unit_id]) + pdu
    return head + FramerRTU.compute_CRC(head).to_bytes(2, "big")


def _read_pdu(profile) -> bytes:
    read = profile.read
    return struct.pack(">BHH", read.function_code, read.address, read.count)


def _decoded(profile, quantity: str, reply: bytes) -> Decimal:
    """The quantity's value, by struct and fractions of our own."""
    point = profile.points[quantity]
    start = 3 + 2 * point.word
    if point.type == "f32_cdab":
        (value,) = struct.unpack(">f", reply[start + 2 : start + 4] + reply[start : start + 2])
    else:
        (value,) = struct.unpack_from(_NUMBERS[point.type], reply, start)
    raw = round(value * 10**point.decimals)
    small = round(Decimal(raw) * point.num / point.den)
    return Decimal(small).scaleb(-QUANTITIES[quantity][2])


def test_the_shipped_profiles():
    assert tuple(profile_names()) == PROFILES


@pytest.mark.parametrize("name", FROM_THE_DOCUMENTS["read"])
def test_a_composed_read_is_the_documents_frame(name):
    profile = load_profile(name)
    request, reply = FROM_THE_DOCUMENTS["read"][name]
    assert _adu(1, _read_pdu(profile)) == bytes.fromhex(request)
    golden = next(each for each in profile.golden if each.purpose == "read")
    assert golden.request == bytes.fromhex(request)
    assert golden.reply == (bytes.fromhex(reply) if reply else None)


@pytest.mark.parametrize("name", FROM_THE_DOCUMENTS["start"])
def test_a_composed_start_is_the_documents_frame(name):
    profile = load_profile(name)
    request, _ = FROM_THE_DOCUMENTS["start"][name]
    assert _adu(1, profile.start.pdu) == bytes.fromhex(request)


@pytest.mark.parametrize("name", PROFILES)
def test_what_is_sent_is_the_golden_request_of_every_profile(name):
    profile = load_profile(name)
    sent = {"read": _read_pdu(profile)}
    if profile.start:
        sent["start"] = profile.start.pdu
    golden = [each for each in profile.golden if each.purpose in sent]
    assert {each.purpose for each in golden} == set(sent), golden
    for each in golden:
        assert _adu(each.unit_id, sent[each.purpose]) == each.request


def test_the_level_probe_needs_no_start():
    assert load_profile("keller-series-30").start is None


@pytest.mark.parametrize("name", PROFILES)
def test_every_golden_frame_has_a_good_crc_and_length(name):
    for golden in load_profile(name).golden:
        for frame in (golden.request, golden.reply):
            if frame:
                assert FramerRTU.compute_CRC(frame[:-2]).to_bytes(2, "big") == frame[-2:]
                assert frame[0] == golden.unit_id
        if golden.reply:
            assert len(golden.reply) == 5 + golden.reply[2]


@pytest.mark.parametrize("name", PROFILES)
def test_golden_replies_decode_to_their_values(name):
    profile = load_profile(name)
    for golden in profile.golden:
        for quantity, value in golden.values.items():
            assert _decoded(profile, quantity, golden.reply) == value


def test_golden_values_are_the_documents():
    """0.960701 bar; T = 14.2, saturation 0.853, 8.75 mg/L; 6.8 NTU."""
    values = {
        name: next(each.values for each in load_profile(name).golden if each.purpose == "read")
        for name in PROFILES
    }
    oxygen = {"temperature_c": Decimal("14.2"), "do_saturation_pct": Decimal("85.3")}
    assert values["yosemitech-y504"] == {**oxygen, "do_mg_l": Decimal("8.75")}
    assert values["yosemitech-y511"]["turbidity_ntu"] == Decimal("6.8")
    expected_mm = 0.960701e5 / (998.2 * 9.80665) * 1000
    assert abs(float(values["keller-series-30"]["depth_mm"]) - expected_mm) < 1


def _density(celsius: float) -> float:
    t = celsius
    return (
        999.84847 + 6.337563e-2 * t - 8.523829e-3 * t**2 + 6.943248e-5 * t**3 - 3.821216e-7 * t**4
    )


def test_the_depth_errs_as_little_as_the_profile_says():
    """One density against the formula of the maker, over all water that is not ice."""
    point = load_profile("keller-series-30").points["depth_mm"]
    mm_per_pa = point.num / point.den
    errors = [mm_per_pa / (1000 / (_density(t / 10) * 9.80665)) - 1 for t in range(301)]
    assert max(errors) == pytest.approx(0.0018, abs=0.00005)  # 4 degrees: too deep
    assert min(errors) == pytest.approx(-0.0026, abs=0.00005)  # 30 degrees: too shallow
    assert max(abs(each) for each in errors) * 2350 < 6.1


@pytest.mark.parametrize("name", PROFILES)
def test_every_group_of_facts_says_where_it_comes_from(name):
    source = read_source(instruments_dir() / f"{name}.toml")
    groups = [source.values[key] for key in ("line", "read", "reply", "timing")]
    groups += [*source.values["points"].values(), *source.values.get("sentinels", [])]
    groups += source.values["golden"]
    for group in groups:
        assert group["source"]
        assert group["verified"] in (True, False)
    assert all(each["generic"] for each in source.values.get("sentinels", []))


FAULTS = {
    "unknown key": (
        ("stop_bits = 1", "stop_bit = 1\nstop_bits = 1"),
        "line.stop_bit = 1: unknown key. Did you mean stop_bits?",
    ),
    "unknown quantity": (
        ("[points.turbidity_ntu]", "[points.turbidity_fnu]"),
        "points.turbidity_fnu = {...}: no quantity of this name. Known are: turbidity_ntu, "
        "do_mg_l, do_saturation_pct, conductivity_us_cm, temperature_c, depth_mm.",
    ),
    "word behind the reply": (
        ("word = 2", "word = 4"),
        "points.turbidity_ntu.word = 4: lies behind the last register that is read.",
    ),
    "range upside down": (
        ("range = [0, 1000]", "range = [1000, 0]"),
        "points.turbidity_ntu.range = [...]: the lower end must be below the upper one.",
    ),
    "beyond 30 bits": (
        ("decimals = 3\n", "decimals = 3\nnum = 1\nden = 1074\n"),
        "points.turbidity_ntu.range = [...]: with num and den it leaves the 30 bits a board can "
        "reckon with.",
    ),
    "not hexadecimal": (
        ('pdu = "03 25 00 00 01"', 'pdu = "03 25 00 00 0g"'),
        'start.pdu = "03 25 00 00 0g": must be bytes in hexadecimal, as "01 03 26 00".',
    ),
    "registers behind the last": (
        ("address = 0x2600", "address = 0xFFFE"),
        "read.count = 5: goes on behind register 0xFFFF, the last there is.",
    ),
    "error word behind the reply": (
        ("error_word = 4", "error_word = 5"),
        "read.error_word = 5: lies behind the last register that is read.",
    ),
    "status of a value behind the reply": (
        ("word = 2\n", "word = 2\nerror_word = 5\n"),
        "points.turbidity_ntu.error_word = 5: lies behind the last register that is read.",
    ),
    "guard behind the last register": (
        (
            "[timing]\n",
            "[[guards]]\nfunction_code = 3\naddress = 0xFFFF\nwords = [0, 0]\nsource = 'x'\n"
            "verified = false\n\n[timing]\n",
        ),
        "guards[0].words = [...]: goes on behind register 0xFFFF, the last there is.",
    ),
    "golden request of another read": (
        ('request = "01 03 26 00 00 05 8E 81"', 'request = "01 03 26 01 00 05 DF 41"'),
        'golden[1].request = "01 03 26 01 00 05 DF 41": by this profile the station sends 01 03 '
        "26 00 00 05 8E 81. One of the two is wrong.",
    ),
    "golden reply with a slip": (
        ("33 33 63 41 9A", "33 33 63 41 9B"),
        'golden[1].reply = "01 03 0A 33 33 63 41 9B 99 D9 40 00 00 B8 E0": its last two bytes are '
        "not its CRC: that is B9 31.",
    ),
    "golden reply of another read": (
        ('reply = "01 03 0A 33 33 63 41 9A 99 D9 40 00 00 B8 E0"', 'reply = "01 83 02 C0 F1"'),
        'golden[1].reply = "01 83 02 C0 F1": is no answer to the read: that begins with 01 03 0A '
        "and has 15 bytes.",
    ),
    "golden value by another order of bytes": (
        ('word = 2\ntype = "f32_dcba"', 'word = 2\ntype = "f32_abcd"'),
        "golden[1].values.turbidity_ntu = 6.8: by this profile the reply says 0.000. Look at "
        "word, type, decimals, num, den.",
    ),
    "golden value of no point": (
        ("values = { temperature_c", "values = { do_mg_l"),
        "golden[1].values.do_mg_l = 14.2: no such point. This profile has: turbidity_ntu, "
        "temperature_c.",
    ),
    "golden value without a reply": (
        ('reply = "01 03 0A 33 33 63 41 9A 99 D9 40 00 00 B8 E0"\n', ""),
        "golden[1].values = {...}: nothing says so: give the reply that does.",
    ),
    "identity behind its answer": (
        ("text = ", "word = 7\ntext = "),
        "identity[0].word = 7: lies behind the last register that is read.",
    ),
    "no speed": (("bauds = [9600]", "bauds = []"), "line.bauds = [...]: must not be empty."),
    "no parity": (
        ('parities = ["none"]', "parities = []"),
        "line.parities = [...]: must not be empty.",
    ),
    "half a range": (
        ("range = [0, 1000]", "range = [1000]"),
        "points.turbidity_ntu.range = [...]: needs at least 2 entries.",
    ),
    "first byte after the last": (
        ("turnaround_ms = 50", "turnaround_ms = 301"),
        "reply.turnaround_ms = 301: must be at most timeout_ms: the first byte comes before the "
        "last.",
    ),
    "no pattern": (
        ("text = '", "text = '("),
        'identity[0].text = "(\\)?..29": must be a pattern, as Python\'s re takes it.',
    ),
    "no request": (
        ('pdu = "03 25 00 00 01"', 'pdu = ""'),
        'start.pdu = "": must be 1 to 240 bytes: a function code and its data.',
    ),
    "a request that is too long": (
        ('pdu = "03 25 00 00 01"', f'pdu = "{"03" * 241}"'),
        ": must be 1 to 240 bytes: a function code and its data.",
    ),
    "reply without a CRC": (
        ("reply_bytes = 7", "reply_bytes = 0"),
        "start.reply_bytes = 0: must be at least 5.",
    ),
    "sentinel of no point": (
        ("generic = true\n", 'generic = true\npoints = ["turbidity"]\n'),
        "sentinels[0].points = [...]: no such point. This profile has: turbidity_ntu, "
        "temperature_c.",
    ),
    "sentinel beyond 30 bits": (
        ("value = -9999", "value = -9999999"),
        "sentinels[0].value = -9999999: leaves the 30 bits a board can reckon with, so it is no "
        "value without a sentinel too. Remove it.",
    ),
    "source left out": (
        ("[reply]\nturnaround_ms = 50", "[reply]\nxsource = 1\nturnaround_ms = 50"),
        "reply.xsource = 1: unknown key. Did you mean source?",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_profile_names_file_key_and_what_to_do(tmp_path, name):
    (old, new), tail = FAULTS[name]
    text = (instruments_dir() / "yosemitech-y511.toml").read_text(encoding="utf-8")
    assert text.count(old) >= 1
    file = tmp_path / "probe.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        parse_profile(read_source(file))
    told = caught.value.lines("en")
    assert len(told) == 1
    assert told[0].startswith(f"{file}:")
    assert told[0].endswith(tail)


def test_an_unknown_profile_lists_the_known():
    with pytest.raises(UserError, match=r"no instrument profile y511\. Known profiles: hach"):
        load_profile("y511")


@pytest.mark.parametrize("code", ["01", "09", "10", "29"])
def test_the_model_in_a_serial_number_tells_exactly_one_profile(code):
    """With and without the bracket that some answers begin with."""
    texts = {
        name: identity.text
        for name in PROFILES
        for identity in load_profile(name).identity
        if identity.text
    }
    for serial in (f"YL{code}12345678", f")YL{code}12345678"):
        assert sum(re.match(text, serial) is not None for text in texts.values()) == 1


def test_an_identity_says_one_thing(tmp_path):
    file = tmp_path / "two.toml"
    text = (instruments_dir() / "keller-series-30.toml").read_text(encoding="utf-8")
    file.write_text(text.replace("unit_id = true", 'unit_id = true\ntext = "x"'), encoding="utf-8")
    with pytest.raises(UserError, match="exactly one of text, words and unit_id"):
        parse_profile(read_source(file))
