"""The computers that a bundle is made for: which wheels fit, which requirements hold."""

from dataclasses import dataclass

from packaging.tags import mac_platforms

# Those for which every package with machine code in it has wheels on all of the systems below.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

_OLDEST_MACOS = (13, 0)
_GLIBC = range(28, 16, -1)  # 2.28: Debian 10, Ubuntu 20.04; older wheels fit too


@dataclass(frozen=True)
class Computer:
    """One kind of processor under one system."""

    tags: tuple[str, ...]  # of the wheels that run there, as pip's --platform
    sys_platform: str
    system: str
    machine: str

    def environment(self, python: str) -> dict[str, str]:
        """What decides a requirement's marker (PEP 508). pip would judge by this machine."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{python}.0",
            "os_name": "nt" if self.sys_platform == "win32" else "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": self.system,
            "platform_version": "",
            "python_full_version": f"{python}.0",
            "python_version": python,
            "sys_platform": self.sys_platform,
            "extra": "",
        }


def _linux(machine: str) -> Computer:
    tags = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC]
    return Computer((*tags, f"manylinux2014_{machine}"), "linux", "Linux", machine)


def _macos(machine: str) -> Computer:
    return Computer(tuple(mac_platforms(_OLDEST_MACOS, machine)), "darwin", "Darwin", machine)


# By the name of --for. Not there: 32-bit systems, Windows on ARM, Linux with musl, and Macs with
# Intel, for which cryptography 50 (esptool needs it) has no wheel.
TARGETS = {
    "windows": Computer(("win_amd64",), "win32", "Windows", "AMD64"),
    "macos": _macos("arm64"),
    "linux": _linux("x86_64"),
    "pi": _linux("aarch64"),  # Raspberry Pi OS of 64 bits
}
