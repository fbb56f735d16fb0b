"""A measurement is bypassed by a line to a running station; each refusal says what to do."""

import os
import threading

import pytest

from reedgate_boards.cli import main


@pytest.fixture
def station(monkeypatch):
    """say(answer) -> (the port, what the station hears)."""
    monkeypatch.setenv("REEDGATE_LANG", "en")
    opened = []

    def say(answer):
        board, port = os.openpty()
        heard = []

        def hear():
            while heard[-1:] != [b"\n"] or heard.count(b"\n") < 2:
                heard.append(os.read(board, 1))
            os.write(board, b"safe mode\r\n" + answer)

        hearing = threading.Thread(target=hear)
        hearing.start()
        opened.append((hearing, board, port))
        return os.ttyname(port), heard

    yield say
    for hearing, board, port in opened:
        os.write(port, b"\n\n")  # what still hears ends by this
        hearing.join()
        os.close(board)
        os.close(port)


def test_it_is_set_for_its_minutes(station, capsys):
    port, heard = station(b"bypass set\r\n")
    assert main(["board", "calibrate", "oxygen", "--minutes", "20", "--port", port]) == 0
    assert b"".join(heard) == b"\nbypass oxygen 1200\n"
    assert "oxygen is bypassed for 20 min" in capsys.readouterr().out


def test_it_is_ended(station, capsys):
    port, heard = station(b"bypass ended\r\n")
    assert main(["board", "calibrate", "--end", "--port", port]) == 0
    assert b"".join(heard) == b"\nbypass end\n"
    assert "No measurement is bypassed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"no_such_measurement", "No gate of this station is closed by oxygen."),
        (b"one_is_set", "only one may be at a time"),
        (b"of_a_flood", "tells of a flood, and is never bypassed"),
        (b"the_last", "Without oxygen nothing would judge the water"),
        (b"too_long", "60 minutes are the most."),
        (b"what", "does not answer"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(station, capsys, answer, told):
    port, _ = station(b"bypass " + answer + b"\n")
    assert main(["board", "calibrate", "oxygen", "--port", port]) == 2
    assert told in capsys.readouterr().err


def test_each_answer_of_the_firmware_has_its_sentence():
    from reedgate_boards.device.calibrate import _refusals
    from station.app import commands

    assert set(commands.ANSWERS) == {"set", *_refusals("oxygen")}


@pytest.mark.parametrize("words", [[], ["oxygen", "--end"], ["oxygen", "--minutes", "61"]])
def test_what_makes_no_sense_is_refused(words, capsys):
    assert main(["board", "calibrate", *words, "--port", "/dev/null"]) == 2


def test_a_station_that_says_nothing_is_told_as_that(station, capsys, monkeypatch):
    monkeypatch.setattr("reedgate_boards.device.calibrate._ANSWER_S", 0.0)
    port, _ = station(b"")
    assert main(["board", "calibrate", "oxygen", "--port", port]) == 2
    assert "does not answer" in capsys.readouterr().err
