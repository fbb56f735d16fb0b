#!/bin/sh
# Starts install.py with the first Python that the bundle's wheels are for.
here=$(cd "$(dirname "$0")" && pwd)
while read -r version; do
    if command -v "python$version" >/dev/null 2>&1; then
        exec "python$version" "$here/install.py"
    fi
done <"$here/pythons.txt"
if command -v python3 >/dev/null 2>&1; then
    exec python3 "$here/install.py"
fi
echo "没有找到 Python 3。请先安装它，再运行一次。"
echo "There is no Python 3. Install it and start this again."
exit 2
