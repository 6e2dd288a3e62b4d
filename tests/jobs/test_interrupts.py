"""Commands that reach a worker during a fit, over a real pipe."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from vae_core.jobs.interrupts import InterruptibleConnection, TrainingInterruptedError
from vae_core.jobs.messages import SetThreads

LONG = 20.0  # seconds


@pytest.fixture
def pipe() -> Iterator[tuple[InterruptibleConnection, Connection]]:
    server, worker = Pipe()
    before = signal.getsignal(signal.SIGINT)
    yield InterruptibleConnection(worker), server
    assert signal.getsignal(signal.SIGINT) is before
    server.close(), worker.close()


def fit() -> None:
    """Like a library's: a loop that does not ask anybody."""
    until = time.perf_counter() + LONG
    while time.perf_counter() < until:
        time.sleep(0.01)


def later(do: object, *given: object) -> None:
    threading.Timer(0.2, do, given).start()


@pytest.mark.parametrize("word", ["stop", "leave"])
def test_a_fit_is_left_when_the_training_is_to_end(pipe: tuple[InterruptibleConnection, Connection], word: str) -> None:
    connection, server = pipe
    server.send(SetThreads(1))
    later(server.send, word)
    started = time.perf_counter()
    with pytest.raises(TrainingInterruptedError):
        connection.run(fit)
    assert time.perf_counter() - started < LONG / 2
    assert [connection.recv(), connection.recv()] == [SetThreads(1), word]
    assert not connection.poll(0.0)


def test_other_words_do_not_end_a_fit_and_are_kept(pipe: tuple[InterruptibleConnection, Connection]) -> None:
    connection, server = pipe
    done = []
    later(server.send, "pause")
    connection.run(lambda: done.append(time.sleep(0.5)))
    assert done
    assert connection.poll(0.0)
    assert connection.recv() == "pause"


def test_a_fit_is_left_when_the_server_is_gone(pipe: tuple[InterruptibleConnection, Connection]) -> None:
    connection, server = pipe
    later(server.close)
    with pytest.raises(TrainingInterruptedError):
        connection.run(fit)
    with pytest.raises(EOFError):
        connection.recv()


def test_a_library_that_swallows_it_once_is_interrupted_again(pipe: tuple[InterruptibleConnection, Connection]) -> None:
    connection, server = pipe
    swallowed = []

    def careless() -> None:
        try:
            fit()
        except TrainingInterruptedError as error:
            swallowed.append(error)
        fit()

    later(server.send, "stop")
    with pytest.raises(TrainingInterruptedError):
        connection.run(careless)
    assert len(swallowed) == 1


def test_a_module_is_imported_as_a_whole(
    pipe: tuple[InterruptibleConnection, Connection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, server = pipe
    (tmp_path / "slow_to_import.py").write_text("import time\nfor _ in range(50): time.sleep(0.01)\n")
    monkeypatch.syspath_prepend(tmp_path)

    def fit_by_it() -> None:
        import slow_to_import  # noqa: F401

        fit()

    later(server.send, "stop")
    with pytest.raises(TrainingInterruptedError):
        connection.run(fit_by_it)
    assert "slow_to_import" in sys.modules


def test_a_ctrl_c_is_not_the_workers_to_hear(pipe: tuple[InterruptibleConnection, Connection]) -> None:
    connection, done = pipe[0], []

    def pressed() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        done.append(True)

    connection.run(pressed)
    assert done


def test_in_another_thread_a_fit_is_done_to_its_end(pipe: tuple[InterruptibleConnection, Connection]) -> None:
    connection, server = pipe
    server.send("stop")
    done = []
    thread = threading.Thread(target=connection.run, args=(lambda: done.append(True),))
    thread.start()
    thread.join()
    assert done
    assert connection.recv() == "stop"


def test_what_goes_wrong_in_a_fit_is_told(pipe: tuple[InterruptibleConnection, Connection]) -> None:
    def wrong() -> None:
        raise ValueError("too few points")

    with pytest.raises(ValueError, match="too few points"):
        pipe[0].run(wrong)
