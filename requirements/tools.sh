#!/usr/bin/env bash
# System packages that some tests use, and what builds an image from source; without them those
# tests are skipped with one loud line.
# Debian and Ubuntu. Asks first on a terminal; CI=true or YES=1 goes on.
set -euo pipefail

have() { # a package, by what it brings
    case "$1" in
        chromium) command -v chromium ;;                                       # the page's browser
        fonts-noto-cjk) ls /usr/share/fonts/opentype/noto/NotoSansCJK-* ;;     # Chinese in it
        gcc-arm-none-eabi) command -v arm-none-eabi-gcc ;;                     # a board's image
        libstdc++-arm-none-eabi-newlib) command -v arm-none-eabi-g++ && arm_library libstdc++.a ;;
        libnewlib-arm-none-eabi) arm_library libc.a ;;
        cmake | gcc) command -v "$1" ;;
        python3-dev) python_header ;;                                          # a quick emulator
        ninja-build) command -v ninja ;;
        libmodbus5) PATH="$PATH:/usr/sbin:/sbin" ldconfig -p | grep -q 'libmodbus[.]so[.]5' ;; # a slave, a second master
        mosquitto) PATH="$PATH:/usr/sbin" command -v mosquitto ;;              # a real broker
    esac >/dev/null 2>&1
}

arm_library() { # gcc gives the bare name back for what it does not find
    [ "$(arm-none-eabi-gcc -mthumb -mcpu=cortex-m0plus -print-file-name="$1")" != "$1" ]
}

python_header() {
    python3 -c 'import os, sysconfig as s; os.stat(s.get_paths()["include"] + "/Python.h")'
}

say() { # Chinese, English
    case "${REEDGATE_LANG:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}" in
        zh*) echo "$1" ;;
        *) echo "$2" ;;
    esac
}

missing=()
for package in chromium fonts-noto-cjk mosquitto libmodbus5 gcc-arm-none-eabi libnewlib-arm-none-eabi \
    libstdc++-arm-none-eabi-newlib cmake ninja-build gcc python3-dev; do
    have "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    say "系统软件已齐全。" "All system packages are there."
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    say "这里没有 apt-get。请用系统自己的方式安装：${missing[*]}" \
        "There is no apt-get here. Install with your system's own means: ${missing[*]}"
    exit 2
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
    say "安装系统软件需要管理员权限，将使用 sudo。" "Installing system packages needs root: sudo is used."
fi
say "将安装：${missing[*]}" "To be installed: ${missing[*]}"
if [ "${CI:-}" != true ] && [ "${YES:-}" != 1 ]; then
    if [ ! -t 0 ]; then
        say "请输入：make tools YES=1" "Type: make tools YES=1"
        exit 2
    fi
    read -r -p "$(say "继续吗？[y/N] " "Go on? [y/N] ")" answer
    [ "$answer" = y ] || [ "$answer" = Y ] || exit 2
fi
"${as_root[@]}" apt-get update -q
if ! apt-cache show chromium >/dev/null 2>&1; then
    missing=("${missing[@]/#chromium/chromium-browser}") # its name on Ubuntu
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}"
