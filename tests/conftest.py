"""The order of the files of tests: the long ones first.

Files are run beside each other, one process a core. One that takes minutes and begins last would
leave the other cores with nothing to do.
"""

# Of minutes, the longest first; measured on two cores.
_LONG = (
    "rp2040/test_desk_board.py",
    "sim/test_campaign.py",
    "core/dualtest_properties.py",
    "rp2040/test_chip_mixed_lines.py",
    "house/test_install.py",
    "rp2040/test_chip_rig.py",
    "rp2040/test_chip_power_cuts.py",
    "closed_loop/test_desk.py",
    "rp2040/",
    "record/",
    "sim/test_proof_slips.py",
    "sim/test_proof.py",
)


def pytest_collection_modifyitems(items):
    items.sort(key=_rank)  # stable: within a file nothing changes


def _rank(item):
    place = item.path.as_posix()
    return next((rank for rank, part in enumerate(_LONG) if f"/tests/{part}" in place), len(_LONG))
