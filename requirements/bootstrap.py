"""Makes .venv ready for `make run` or `make test`, and does nothing when it is already.

Runs under any Python 3 from 3.6, so that it can say that one is too old: nothing here may be newer
than that. It knows packages only by the locked lists beside it; pip brings them from wherever the
user's pip is told to look.
"""

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
import time

FLOOR = (3, 11)
VM_WHEELS_BELOW = (3, 15)  # the condition of the VM's requirement in pyproject.toml, in words
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "reedgate-ready.json")
UNFINISHED = os.path.join(VENV, "reedgate-unfinished")
LISTS = {"run": ["run.txt"], "test": ["run.txt", "test.txt"]}
QUICK_CHIP = os.path.join(ROOT, "requirements", "quick_chip.py")


class Refused(Exception):
    """What is missing and the command to type, in (Chinese, English)."""


def chinese():
    wishes = (os.environ.get(key) for key in ("REEDGATE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    return next((wish for wish in wishes if wish), "")[:2].lower() == "zh"


def say(in_chinese, in_english):
    print(in_chinese if chinese() else in_english, flush=True)


def venv_python():
    folder = "Scripts" if os.name == "nt" else "bin"
    return os.path.join(VENV, folder, "python")


def can_compile():
    """Whether quick_chip.py has what it needs."""
    header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
    return sys.platform == "linux" and bool(shutil.which("gcc")) and os.path.exists(header)


def key_of(level):
    """Changes with whatever the environment is made from: the lists, the metadata, the place."""
    digest = hashlib.sha256(ROOT.encode())
    here = os.path.join(ROOT, "requirements")
    parts = [os.path.join(here, name) for name in LISTS[level]]
    for path in [os.path.join(ROOT, "pyproject.toml"), os.path.abspath(__file__), *parts]:
        with open(path, "rb") as stream:
            digest.update(stream.read())
    if level == "test":
        with open(QUICK_CHIP, "rb") as stream:
            digest.update(stream.read())
        digest.update(b"compiler" if can_compile() else b"")  # it may come later: make tools
    return digest.hexdigest()


def stamps():
    try:
        with open(STAMP) as stream:
            return json.load(stream)
    except (OSError, ValueError):
        return {}


def is_ready(level):
    return os.path.exists(venv_python()) and stamps().get(level) == key_of(level)


def newer_python():
    """A Python on PATH that is new enough and really starts, or None."""
    test = "import sys; sys.exit(sys.version_info < %r)" % (FLOOR,)
    for minor in range(VM_WHEELS_BELOW[1] - 1, FLOOR[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)
        if found and not subprocess.call([found, "-c", test], stderr=subprocess.DEVNULL):
            return found
    return None


def check_python():
    """Goes on in a newer Python when this one is too old."""
    if sys.version_info >= FLOOR:
        return
    found = newer_python()
    if found:
        arguments = [found, os.path.abspath(__file__), *sys.argv[1:]]
        sys.exit(subprocess.call(arguments))
    version = platform.python_version()
    command = "sudo apt-get install python3.11 python3.11-venv"
    raise Refused(
        "这里的 Python 是 %s，需要 3.11 或更新的版本。Debian 或 Ubuntu 请输入：\n  %s"
        % (version, command),
        "This Python is %s; 3.11 or newer is needed. On Debian or Ubuntu type:\n  %s"
        % (version, command),
    )


def check_venv():
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        command = "sudo apt-get install python%d.%d-venv" % sys.version_info[:2]
        raise Refused(
            "这个 Python 缺少 venv 模块。Debian 或 Ubuntu 请输入：\n  " + command,
            "This Python lacks the venv module. On Debian or Ubuntu type:\n  " + command,
        ) from None


def has_vm_wheel():
    machines = (("linux", "x86_64"), ("darwin", "arm64"))
    known = (sys.platform, platform.machine()) in machines and sys.maxsize > 2**32
    return known and sys.version_info < VM_WHEELS_BELOW


def check_vm():
    if has_vm_wheel() or os.environ.get("MICROPYTHON") or shutil.which("micropython"):
        return
    machine = "%s %s, Python %d.%d" % (sys.platform, platform.machine(), *sys.version_info[:2])
    raise Refused(
        "这台机器（%s）没有现成的 MicroPython 虚拟机软件包。请安装 1.25 或更新的 MicroPython：\n"
        "  sudo apt-get install micropython\n或用 MICROPYTHON=/路径/micropython 指明它在哪里。"
        % machine,
        "There is no packaged MicroPython VM for this machine (%s). Install 1.25 or newer:\n"
        "  sudo apt-get install micropython\nor say where it is by MICROPYTHON=/path/micropython."
        % machine,
    )


def make_venv():
    command = [sys.executable, "-m", "venv", VENV]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "universal_newlines": True}
    made = subprocess.run(command, **pipes)  # what it says is worth reading only when it fails
    if made.returncode:
        print(made.stdout, file=sys.stderr)
        raise Refused("未能创建 .venv（原因见上）。", ".venv could not be made (see above).")


def show_progress(said, total):
    if total and said[-1].startswith("Collecting ") and sys.stdout.isatty():
        count = sum(line.startswith("Collecting ") for line in said)
        name = said[-1].split()[1].split("=")[0]
        print("\r\033[K  %d / ~%d  %s" % (count, total, name), end="", flush=True)


def pip_install(arguments, total=0):
    """Runs pip; on a terminal it counts the packages, and only a failure shows what pip said."""
    command = [venv_python(), "-m", "pip", "install", "--disable-pip-version-check"]
    environment = dict(os.environ, PIP_USER="0", PYTHONUNBUFFERED="1")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "universal_newlines": True}
    said = []
    with started(command + arguments, env=environment, **pipes) as pip:
        try:
            for line in pip.stdout:
                said.append(line.rstrip())
                show_progress(said, total)
        except BaseException:
            pip.terminate()
            pip.wait()
            raise
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)
    if pip.returncode:
        print("\n".join(said[-12:]), file=sys.stderr)
        raise Refused(
            "pip 未能安装所需的软件包（原因见上）。请检查网络和 `pip config list`，然后再试一次。",
            "pip could not install the packages (see above). Check the network and "
            "`pip config list`, then try again.",
        )


def fill(level):
    """Packages, ourselves, and the firmware's MQTT client: into a .venv that is there."""
    arguments = ["--require-hashes"]
    total = 0
    for name in LISTS[level]:
        path = os.path.join(ROOT, "requirements", name)
        arguments += ["-r", path]
        with open(path) as stream:
            total += sum("==" in line for line in stream)
    pip_install(arguments, total)
    pip_install(["--no-deps", "--no-build-isolation", "-e", ROOT])
    if subprocess.call([venv_python(), "-m", "reedgate_boards.umqtt"], stdout=subprocess.DEVNULL):
        raise Refused("请照上面的提示做，然后再试一次。", "Do what is said above, then try again.")
    if level == "test" and can_compile() and subprocess.call([venv_python(), QUICK_CHIP]):
        say(
            "未能为这个 Python 编译芯片仿真器（原因见上）：测试照常，仿真芯片的速度只有三分之一。",
            "The chip's emulator could not be compiled for this Python (see above): "
            "the tests run, but the emulated chip at a third of its speed.",
        )


def build(level):
    """A new .venv is there whole or not at all; one that was there stays, but unstamped."""
    if os.path.exists(UNFINISHED):  # the machine went down in the middle of the last attempt
        shutil.rmtree(VENV)
    fresh = not os.path.exists(venv_python())
    try:
        if fresh:
            os.makedirs(VENV, exist_ok=True)
            with open(UNFINISHED, "w"):
                pass
            make_venv()
        known = stamps()
        if os.path.exists(STAMP):
            os.remove(STAMP)
        fill(level)
        served = [name for name in LISTS if set(LISTS[name]) <= set(LISTS[level])]
        known = {name: key for name, key in known.items() if key == key_of(name)}
        known.update((name, key_of(name)) for name in served)
        with open(STAMP, "w") as stream:
            json.dump(known, stream)
        if fresh:
            os.remove(UNFINISHED)
    except BaseException:
        if fresh:
            shutil.rmtree(VENV, ignore_errors=True)
        raise


def set_up(level):
    if is_ready(level):
        return
    check_python()
    check_venv()
    check_vm()
    say(
        "正在准备 .venv（只需一次，要下载软件包）……",
        "Setting up .venv (once; packages are downloaded) ...",
    )
    started = time.time()
    build(level)
    took_s = time.time() - started
    say(".venv 已就绪，用时 %.0f 秒。" % took_s, ".venv is ready after %.0f s." % took_s)


def started(command, **options):
    """A child. An interrupt while it starts waits: else nobody would know of it any more."""
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if callable(signal.getsignal(n))]
    late = []
    before = {n: signal.signal(n, lambda number, _: late.append(number)) for n in numbers}
    try:
        child = subprocess.Popen(command, **options)
    finally:
        for number in numbers:
            signal.signal(number, before[number])
    if late:
        child.terminate()
        child.communicate()
        raise KeyboardInterrupt
    return child


def interrupted(number, frame):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupted)
    try:
        set_up(sys.argv[1])
    except Refused as missing:
        print(missing.args[0 if chinese() else 1], file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        say("已中断，下次会从头再来。", "Interrupted; the next run starts over.")
        sys.exit(130)
