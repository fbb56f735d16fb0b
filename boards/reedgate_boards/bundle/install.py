"""In a bundle: makes `reedgate` ready in a folder beside this file, without any network.

Started by install.cmd or install.sh. Runs under any Python 3, so that it can say that one is too
old, and needs nothing but it.
"""

import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WINDOWS = os.name == "nt"


def say(chinese, english):
    """Both languages: nobody has told this computer yet which one is wanted."""
    print(chinese + "\n" + english + "\n", flush=True)


def pythons():
    with open(os.path.join(HERE, "pythons.txt")) as stream:
        return stream.read().split()


def python_of(venv):
    return os.path.join(venv, "Scripts", "python.exe") if WINDOWS else venv + "/bin/python"


def made(venv):
    shutil.rmtree(venv, ignore_errors=True)
    return subprocess.call([sys.executable, "-m", "venv", venv]) == 0


def filled(venv):
    """--isolated: neither pip's settings nor its environment count; nothing is fetched."""
    command = [python_of(venv), "-m", "pip", "--isolated", "install", "--quiet"]
    command += ["--disable-pip-version-check", "--no-index", "--only-binary", ":all:"]
    command += ["--find-links", os.path.join(HERE, "wheels"), "reedgate"]
    return subprocess.call(command) == 0


def main():
    if hasattr(sys.stdout, "reconfigure"):  # an old console may not have Chinese
        sys.stdout.reconfigure(errors="replace")
    known = pythons()
    here = "%d.%d" % sys.version_info[:2]
    if here not in known:
        say(
            "这里的 Python 是 %s，本安装包适用于：%s（64 位）。请安装其中一个版本，再运行一次。"
            % (here, "、".join(known)),
            "This Python is %s; the bundle is for %s, of 64 bits. Install one of them and start "
            "this again." % (here, ", ".join(known)),
        )
        return 2
    venv = os.path.join(HERE, "reedgate")
    say("正在安装到 %s ……" % venv, "Installing into %s ..." % venv)
    if not made(venv):
        say(
            "无法建立 Python 环境。Debian、Ubuntu 或树莓派请先输入：\n"
            "  sudo apt-get install python3-venv",
            "No Python environment could be made. On Debian, Ubuntu or Raspberry Pi OS type:\n"
            "  sudo apt-get install python3-venv",
        )
        return 2
    if not filled(venv):
        say(
            "安装失败，原因见上。这个安装包是给另一种系统的，还是没有完整解压？",
            "It could not be installed; the reason stands above. Is the bundle for another\n"
            "system, or was it not unpacked whole?",
        )
        return 2
    shutil.copytree(os.path.join(HERE, "share"), os.path.join(venv, "share"), dirs_exist_ok=True)
    tell_next(venv)
    return 0


def tell_next(venv):
    command = os.path.join(venv, "Scripts" if WINDOWS else "bin", "reedgate")
    sites = sorted(name for name in os.listdir(HERE) if name.endswith(".toml"))
    steps = ['"%s" board list' % command]
    steps += ['"%s" site check "%s"' % (command, os.path.join(HERE, name)) for name in sites]
    lines = "\n".join("  " + step for step in steps)
    say("已安装。接下来输入：", "Installed. Now type:\n" + lines)


if __name__ == "__main__":
    sys.exit(main())
