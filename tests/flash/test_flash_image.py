"""The host's view of an image, and the damage that it can do to one."""

import random
import shutil

import pytest
from flash_rig import Rig, program

from reedgate_sim import flash

WRITE = """
import os
def write(name, size):
    content = bytes([(index * 7 + index // 256) % 251 for index in range(size)])
    with open(name, "wb") as stream:
        stream.write(content)
os.mkdir("slot")
write("small", 60)
write("long", 11000)
write("slot/middle", 2000)
write("long", 11000)
write("small", 61)
"""


def content(size):
    return bytes((index * 7 + index // 256) % 251 for index in range(size))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    with pytest.MonkeyPatch.context() as monkeypatch:
        program(folder / "program", monkeypatch, WRITE)
        with Rig(folder / "chip") as rig:
            rig.second()
            return rig.flash_image


@pytest.fixture
def image(written, tmp_path):
    return shutil.copy(written, tmp_path / "flash.img")


def test_files_that_the_vm_wrote_are_read_by_path(image):
    before = image.read_bytes()
    assert flash.read_files(image) == {
        "config.bin": b"config",
        "small": content(61),
        "long": content(11000),
        "slot/middle": content(2000),
    }
    assert image.read_bytes() == before


@pytest.mark.parametrize("name", ["long", "slot/middle"])
def test_a_flipped_bit_of_a_file_with_blocks_of_its_own_is_one_wrong_bit_in_it(
    name, written, tmp_path
):
    good = flash.read_files(written)[name]
    chance = random.Random(5)
    offsets = set()
    for number in range(40):
        image = shutil.copy(written, tmp_path / f"{number}.img")
        offset = flash.flip_bit(image, name, chance)
        rotten = flash.read_files(image)[name]
        wrong = [at for at in range(len(good)) if good[at] != rotten[at]]
        assert wrong == [offset]
        assert (good[offset] ^ rotten[offset]).bit_count() == 1
        offsets.add(offset * 4 // len(good))
    assert offsets == {0, 1, 2, 3}, "all over the file"


def test_rot_in_a_small_file_meets_the_directory_that_holds_it(image):
    flash.flip_bit(image, "small", random.Random(6))
    assert not flash.mounts(image) or flash.read_files(image).get("small") != content(61)


def test_any_bit_can_flip(image):
    before = image.read_bytes()
    at = flash.flip_any_bit(image, random.Random(7))
    after = image.read_bytes()
    assert [place for place in range(len(before)) if before[place] != after[place]] == [at]
    assert before[at] != 0xFF


def test_an_image_without_superblocks_does_not_mount(image):
    assert flash.mounts(image)
    flash.destroy_superblocks(image)
    assert not flash.mounts(image)


def test_an_empty_file_has_no_bit_to_flip(tmp_path, monkeypatch):
    program(tmp_path / "program", monkeypatch, "open('none', 'wb').close()")
    with Rig(tmp_path / "chip") as rig:
        rig.second()
        with pytest.raises(ValueError, match="empty"):
            flash.flip_bit(rig.flash_image, "none", random.Random(1))
