@echo off
chcp 65001 >nul
for /f "usebackq" %%v in ("%~dp0pythons.txt") do (
    py -%%v -c "" >nul 2>nul && (
        py -%%v "%~dp0install.py"
        goto end
    )
)
python -c "" >nul 2>nul && (
    python "%~dp0install.py"
    goto end
)
echo 没有找到 Python。请从 python.org 安装 64 位的 Python 3.12，再运行一次。
echo There is no Python. Install Python 3.12 of 64 bits from python.org and start this again.
:end
pause
