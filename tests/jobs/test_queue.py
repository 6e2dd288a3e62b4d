from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import ClassVar

import pytest

import vae_core.jobs.queue
from vae_core.config import RunConfig
from vae_core.i18n.message import Message
from vae_core.jobs.messages import Change, Command, Event, Failure, Interrupted, Restarted, SetThreads
from vae_core.jobs.processes import (
    CONTEXT,
    OOM_SCORE_ADJ,
    LocalWorker,
    preload_workers,
    share_cores,
    start_process,
    threads_per_training,
)
from vae_core.jobs.queue import START_FAILED, BusyError, Job, JobQueue
from vae_core.rules import SettingError
from vae_core.runs.catalog import RunCatalog, UnknownRunError
from vae_core.runs.store import Store
from vae_core.training.monitor import Frame
from vae_core.training.recording import Recording

LONG = {"dataset": "digits", "hidden": "64", "epochs": 500, "batch_size": 8}
SHORT = {"dataset": "digits", "hidden": "8", "epochs": 2}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[JobQueue, RunCatalog]]:
    runs = RunCatalog(store=Store(tmp_path_factory.mktemp("runs")))
    jobs = JobQueue(runs)
    preload_workers()
    yield jobs, runs
    jobs.close()


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until a condition holds; fail after `seconds`."""
    started = time.perf_counter()
    while not condition():
        assert time.perf_counter() - started < seconds, "the condition does not hold in time"
        time.sleep(0.01)


def start(jobs: JobQueue, owner: str, **settings: object) -> Job:
    job = jobs.submit(owner, [RunConfig.from_flat(settings)])
    until(lambda: job.state == "running" or not job.active)
    return job


def test_a_job_ends_with_a_run_that_its_owner_can_explore(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, runs = server
    job = start(jobs, "a", **SHORT)
    until(lambda: not job.active)
    run = runs.get(job.run_id)
    assert job.state == "finished"
    assert run.config == job.config
    assert run.metrics["epochs"] > 1.9
    assert run.metrics["negative_elbo"] == pytest.approx(run.metrics["reconstruction"] + run.metrics["kl"], rel=1e-5)
    assert run.history == [{key: round(value, 4) for key, value in row.items()} for row in job.history]
    assert job.frame.points.shape == (360, 2)
    assert job.frame.reconstructions.shape == (8, 1, 8, 8)
    assert job.frame.samples.shape == (16, 1, 8, 8)
    assert [snapshot.step for snapshot in Recording.from_bytes(runs.stored(job.run_id).recording).snapshots] == [
        row["step"] for row in job.history
    ]


def test_a_stop_keeps_the_model_and_is_harmless_twice(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, runs = server
    job = start(jobs, "b", **LONG)
    jobs.stop(job)
    jobs.stop(job)
    until(lambda: job.state != "running", 10)
    until(lambda: not job.active)
    jobs.stop(job)
    assert job.state == "stopped"
    assert 0 < runs.get(job.run_id).metrics["epochs"] < 500


def test_an_owner_has_one_job_at_a_time_and_others_have_theirs(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, _ = server
    job = start(jobs, "c", **LONG)
    with pytest.raises(BusyError, match="still running"):
        jobs.submit("c", [RunConfig.from_flat(SHORT)])
    other = start(jobs, "d", **SHORT)
    until(lambda: not other.active)
    assert other.state == "finished"
    assert job.active
    assert jobs.latest("c") is job
    jobs.stop(job)
    until(lambda: not job.active)


def test_a_killed_worker_is_told_and_harms_nobody_else(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, _ = server
    job, other = start(jobs, "e", **LONG), start(jobs, "f", **LONG)
    os.kill(jobs.worker(job).process.pid, signal.SIGKILL)
    until(lambda: not job.active)
    assert job.state == "failed"
    assert "was killed (exit code -9)" in job.message.text()
    assert other.active
    jobs.stop(other)
    until(lambda: not other.active)
    assert other.state == "stopped"
    assert other.run_id


def test_settings_that_do_not_fit_together_are_refused_before_anything_starts(
    server: tuple[JobQueue, RunCatalog],
) -> None:
    jobs, _ = server
    with pytest.raises(SettingError, match="hidden: 8,8,8 is not allowed; use at most 2 convolutions"):
        jobs.submit("g", [RunConfig.from_flat(SHORT | {"network": "conv", "hidden": "8,8,8"})])
    assert jobs.latest("g") is None


def test_data_that_cannot_be_downloaded_is_a_sentence(server: tuple[JobQueue, RunCatalog]) -> None:
    """No test reaches the network: the download fails at once."""
    jobs, _ = server
    job = start(jobs, "h", dataset="cifar10", epochs=1, network="conv", hidden="4", train_size=100)
    until(lambda: not job.active, 120)
    assert job.state == "failed"
    assert "cifar10 could not be downloaded" in job.message.text()


@pytest.mark.parametrize(
    ("trainings", "cores", "threads"),
    [(0, 2, 1), (1, 1, 1), (1, 2, 1), (2, 2, 1), (30, 2, 1), (1, 4, 3), (2, 4, 2), (3, 8, 2)],
)
def test_trainings_share_the_cores_and_a_lone_one_leaves_one_to_the_server(
    trainings: int, cores: int, threads: int
) -> None:
    assert threads_per_training(trainings, cores) == threads


def test_a_pause_holds_the_training_and_going_on_ends_it(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, _ = server
    job = start(jobs, "i", **LONG)
    jobs.pause(job)
    until(lambda: job.state == "paused")
    step = job.frame.step.step
    time.sleep(0.5)
    assert job.state == "paused"
    assert job.frame.step.step == step
    jobs.resume(job)
    until(lambda: job.frame.step.step > step)
    assert job.state == "running"
    jobs.pause(job)
    jobs.stop(job)
    until(lambda: not job.active)
    assert job.state == "stopped"
    assert job.run_id


def test_beta_and_the_learning_rate_are_changed_while_it_runs(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, runs = server
    job = start(jobs, "j", **LONG)
    jobs.change(job, Change(beta=7))
    until(lambda: job.frame.step.beta == 7)
    jobs.change(job, Change(learning_rate=1e-4))
    jobs.stop(job)
    until(lambda: not job.active)
    run = runs.get(job.run_id)
    assert run.config.loss.beta == 7
    assert run.config.train.learning_rate == 1e-4
    first, *changes = run.changes
    assert first == {"step": 0, "epoch": 0, "beta": 1, "learning_rate": 5e-3, "epochs": 500}
    assert [sorted(change.keys() - {"step", "epoch"}) for change in changes] == [
        ["beta"],
        ["learning_rate"],
        ["stopped"],
    ]


def test_a_stopped_run_has_the_rest_and_a_finished_one_has_more(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, runs = server
    job = start(jobs, "k", **SHORT | {"epochs": 60})
    jobs.stop(job)
    until(lambda: not job.active)
    stopped = runs.get(job.run_id)
    rest = jobs.continue_run("k", job.run_id, 0)
    until(lambda: not rest.active)
    run = runs.get(rest.run_id)
    assert rest.state == "finished"
    assert run.metrics["epochs"] == 60
    assert run.name == stopped.name
    assert run.history[: len(stopped.history)] == stopped.history
    assert len(run.history) > len(stopped.history)
    with pytest.raises(UnknownRunError):
        runs.get(job.run_id)
    more = jobs.continue_run("k", rest.run_id, 2)
    until(lambda: not more.active)
    assert runs.get(more.run_id).metrics["epochs"] == 62
    none = jobs.continue_run("k", more.run_id, 0)
    until(lambda: not none.active)
    assert none.state == "failed"
    assert "finished its original epochs" in none.message.text()
    assert runs.get(more.run_id)
    with pytest.raises(SettingError, match="epochs: many is not allowed; use a whole number from 0 to 500"):
        jobs.continue_run("k", more.run_id, "many")


def test_what_cannot_be_trained_on_gets_a_sentence(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, runs = server
    job = start(jobs, "l", **SHORT | {"kind": "pca"})
    until(lambda: not job.active)
    with pytest.raises(SettingError, match="this model is fitted in one step"):
        jobs.continue_run("l", job.run_id, 1)
    with pytest.raises(SettingError, match="one that was trained here"):
        jobs.continue_run("l", runs.add(runs.get(job.run_id), "l"), 1)
    with pytest.raises(UnknownRunError):
        jobs.continue_run("l", "nothing", 1)


def test_a_sweep_trains_its_runs_in_turn_as_one_job(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, runs = server
    job = jobs.submit("m", [RunConfig.from_flat(SHORT | {"beta": beta, "epochs": 20}) for beta in (0.5, 1, 4)])
    until(lambda: not job.active)
    assert job.state == "finished"
    assert [runs.get(member.run_id).config.loss.beta for member in job.members] == [0.5, 1, 4]
    assert len({runs.get(member.run_id).name for member in job.members}) == 3
    with pytest.raises(SettingError, match="sweep: 7 is not allowed; use at most 6 values"):
        jobs.submit("m", [RunConfig()] * 7)


def test_who_finds_no_room_waits_in_a_line_and_can_leave_it(server: tuple[JobQueue, RunCatalog]) -> None:
    _, runs = server
    jobs = JobQueue(runs, max_running=1)
    first = start(jobs, "a", **LONG)
    second, third, fourth = (jobs.submit(owner, [RunConfig.from_flat(SHORT)]) for owner in "bcd")
    assert [jobs.queue_position(job) for job in (first, second, third, fourth)] == [0, 1, 2, 3]
    jobs.stop(second)
    assert second.state == "stopped"
    assert [jobs.queue_position(job) for job in (third, fourth)] == [1, 2]
    jobs.stop(first)
    until(lambda: not third.active and not fourth.active)
    assert third.state == fourth.state == "finished"


class SilentWorker:
    """A worker that sends the events that a test gives it, and nothing else."""

    all: ClassVar[list[SilentWorker]] = []

    def __init__(self, job: Job, store: Store | None) -> None:
        self.job, self.threads, self.killed = job, 0, False
        self.events: queue.Queue[Event | None] = queue.Queue()
        self.next: list[Event | None] = []
        self.commands: list[Command] = []
        self.all.append(self)

    def wait_for_message(self, seconds: float) -> bool:
        with suppress(queue.Empty):
            self.next.append(self.events.get(timeout=seconds))
        return bool(self.next)

    def recv(self) -> tuple[int, Event]:
        event = self.next.pop() if self.next else self.events.get()
        if event is None:
            raise EOFError
        return 0, event

    def finish(self) -> None:
        self.events.put(Failure(Message("job.machines_died")))

    def send(self, command: Command) -> bool:
        self.commands.append(command)
        return True

    def kill(self) -> None:
        self.killed = True
        self.events.put(None)

    def exit_reason(self) -> Message:
        return Message("job.killed")

    def join(self) -> None: ...

    def close(self) -> None: ...


class RowFrame(Frame):
    """A frame that has only a row."""

    def __init__(self) -> None: ...

    def row(self) -> dict[str, float]:
        return {"step": 9.0}


class SlowToClose(LocalWorker):
    """A worker whose connection closes slowly, and which records the commands that it receives."""

    late: ClassVar[list[object]] = []
    closing = False

    def note(self, word: object) -> None:
        if self.closing:
            self.late.append(word)

    def send(self, word: object) -> bool:
        self.note(word)
        return super().send(word)

    def kill(self) -> None:
        self.note("kill")
        super().kill()

    def close(self) -> None:
        self.closing = True
        time.sleep(0.5)
        super().close()


def test_no_word_goes_to_a_line_that_is_being_closed(
    server: tuple[JobQueue, RunCatalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed descriptor's number is soon another connection's: the command would go to a visitor's browser."""
    monkeypatch.setattr(vae_core.jobs.queue, "LocalWorker", SlowToClose)
    monkeypatch.setattr(SlowToClose, "late", [])
    jobs = JobQueue(server[1], max_running=10)
    first, second = (jobs.submit(owner, [RunConfig.from_flat(SHORT)]) for owner in "ab")
    until(lambda: jobs.worker(first) and jobs.worker(second))
    while jobs.worker(first) or jobs.worker(second):
        jobs.stop(first), jobs.pause(second), jobs.resume(second), jobs.change(second, Change(beta=1))
        time.sleep(0.01)
    assert not first.active
    assert not second.active
    assert not SlowToClose.late


def test_only_who_trains_is_told_its_share_and_only_when_it_is_another(
    server: tuple[JobQueue, RunCatalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_core.jobs.processes.cores", lambda: 8)
    first, second = (SilentWorker(Job(owner, []), None) for owner in "ab")
    for _ in range(3):
        share_cores([first, second])
    assert first.commands == second.commands == []
    first.job.state = "running"
    for _ in range(3):
        share_cores([first, second])
    share_cores([first])
    assert first.commands == [SetThreads(4), SetThreads(7)]
    assert second.commands == []


def test_a_worker_that_does_not_listen_lets_nobody_wait(server: tuple[JobQueue, RunCatalog]) -> None:
    handle = LocalWorker.__new__(LocalWorker)
    handle.connection, worker = CONTEXT.Pipe()
    sent: list[bool] = []
    speaker = threading.Thread(
        target=lambda: [sent.append(handle.send(Change(beta=1))) for _ in range(5000)], daemon=True
    )
    speaker.start()
    speaker.join(20)
    assert len(sent) == 5000
    assert sent[0]
    assert not sent[-1]
    for _ in range(sent.count(True)):
        assert worker.poll(5)
        assert worker.recv() == Change(beta=1)
    assert handle.send("stop")
    assert worker.poll(5)
    assert worker.recv() == "stop"


def test_who_does_not_hear_a_stop_is_ended(
    server: tuple[JobQueue, RunCatalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vae_core.jobs.queue, "LocalWorker", SilentWorker)
    monkeypatch.setattr(SilentWorker, "all", [])
    monkeypatch.setattr(SilentWorker, "send", lambda self, word: False)
    jobs = JobQueue(server[1], max_running=10)
    job = jobs.submit("a", [RunConfig.from_flat(SHORT)])
    until(lambda: jobs.worker(job))
    job.state = "running"
    jobs.stop(job)
    until(lambda: job.state == "stopped", 10)


def test_a_ctrl_c_in_the_terminal_is_not_the_workers(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, runs = server
    job = start(jobs, "p", **LONG)
    os.kill(jobs.worker(job).process.pid, signal.SIGINT)
    step = job.frame.step.step
    until(lambda: not job.active or job.frame.step.step > step + 20)
    jobs.stop(job)
    until(lambda: not job.active)
    assert job.state == "stopped"
    assert runs.get(job.run_id).history[-1]["step"] > step


def send_modules(connection: Connection) -> None:
    connection.send(set(sys.modules))


def test_a_worker_is_forked_from_a_process_that_has_taken_a_step(server: tuple[JobQueue, RunCatalog]) -> None:
    connection, theirs = CONTEXT.Pipe()
    start_process(send_modules, (theirs,)).join()
    assert {"vae_core.jobs.preload", "vae_core.training.trainer"} <= connection.recv()


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="the kernel's word on memory")
def test_where_memory_runs_out_a_worker_goes_before_the_server(server: tuple[JobQueue, RunCatalog]) -> None:
    jobs, _ = server
    job = start(jobs, "q", **LONG)
    assert Path(f"/proc/{jobs.worker(job).process.pid}/oom_score_adj").read_text().strip() == str(OOM_SCORE_ADJ)
    jobs.stop(job)
    until(lambda: not job.active)


def test_what_is_lost_is_not_shown_and_the_next_worker_is_told_its_share(
    server: tuple[JobQueue, RunCatalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vae_core.jobs.queue, "LocalWorker", SilentWorker)
    monkeypatch.setattr(SilentWorker, "all", [])
    jobs = JobQueue(server[1], max_running=10)
    job = jobs.submit("a", [RunConfig.from_flat(SHORT)])
    until(lambda: jobs.worker(job))
    rows, frame, [worker] = [{"step": float(step)} for step in range(3)], RowFrame(), SilentWorker.all
    for number in range(2):
        worker.events.put(frame)
        until(lambda count=number + 1: job.state == "running" and len(worker.commands) == count, 10)
        assert job.frame is frame
        worker.events.put(Restarted(Message("job.machine_died"), rows))
        until(lambda: job.state == "starting", 10)
        assert (job.state, job.message, job.frame, job.history, job.restarts) == (
            "starting",
            Message("job.machine_died"),
            None,
            rows,
            number + 1,
        )
    SilentWorker.all[0].finish()
    until(lambda: job.state == "failed", 10)


def test_a_worker_that_cannot_be_started_is_told_and_the_next_begins(
    server: tuple[JobQueue, RunCatalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_from(job: Job, store: Store | None) -> SilentWorker:
        if job.owner == "a":
            raise EOFError
        return SilentWorker(job, store)

    monkeypatch.setattr(vae_core.jobs.queue, "LocalWorker", start_from)
    monkeypatch.setattr(SilentWorker, "all", [])
    jobs = JobQueue(server[1], max_running=1)
    first, second = (jobs.submit(owner, [RunConfig.from_flat(SHORT)]) for owner in "ab")
    until(lambda: not first.active and SilentWorker.all, 10)
    assert (first.state, first.message) == ("failed", START_FAILED)
    assert second.state == "starting"
    SilentWorker.all[0].finish()
    until(lambda: second.state == "failed", 10)


def test_a_state_is_set_by_one_at_a_time_and_a_slow_end_stalls_nobody(
    server: tuple[JobQueue, RunCatalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    closing, closed = threading.Event(), threading.Event()
    monkeypatch.setattr(vae_core.jobs.queue, "LocalWorker", SilentWorker)
    monkeypatch.setattr(SilentWorker, "all", [])
    monkeypatch.setattr(SilentWorker, "close", lambda self: closing.set() or closed.wait(20))
    jobs = JobQueue(server[1], max_running=10)
    job = jobs.submit("a", [RunConfig.from_flat(SHORT)])
    until(lambda: jobs.worker(job))
    [worker] = SilentWorker.all
    job.state, states = "paused", []

    def interrupt(self: SilentWorker, command: Command) -> bool:
        """While the queue resumes the job, its worker is interrupted; the job's thread has to wait."""
        if command == "resume":
            self.events.put(Interrupted(Message("job.server_stopped")))
            until(self.events.empty)
            time.sleep(0.3)
            states.append(job.state)
        return True

    monkeypatch.setattr(SilentWorker, "send", interrupt)
    jobs.resume(job)
    assert states == ["paused"]
    assert closing.wait(10)
    assert job.state == "stopped"
    question = threading.Thread(target=jobs.queue_position, args=(job,), daemon=True)
    question.start()
    question.join(10)
    assert not question.is_alive()
    closed.set()
    assert not worker.killed


def test_few_workers_get_ready_at_once_and_who_waits_for_it_can_stop(
    server: tuple[JobQueue, RunCatalog], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "LocalWorker": SilentWorker,
        "MAX_STARTING_PER_CORE": 1,
        "cores": lambda: 2,
        "STARTUP_GRACE_S": 20.0,
    }.items():
        monkeypatch.setattr(vae_core.jobs.queue, name, value)
    monkeypatch.setattr(SilentWorker, "all", [])
    jobs = JobQueue(server[1], max_running=10)
    first, second, third, fourth = (jobs.submit(owner, [RunConfig.from_flat(SHORT)]) for owner in "abcd")
    until(lambda: len(SilentWorker.all) == 2)
    assert {job.state for job in (first, second, third, fourth)} == {"starting"}
    jobs.stop(third)
    assert third.state == "stopped"
    jobs.stop(first)
    until(lambda: len(SilentWorker.all) == 3)
    assert first.state == "stopped"
    assert SilentWorker.all[-1].job is fourth
    monkeypatch.setattr(vae_core.jobs.queue, "STARTUP_GRACE_S", 0.1)
    jobs.submit("e", [RunConfig.from_flat(SHORT)])
    SilentWorker.all[1].finish()
    until(lambda: second.state == "failed" and len(SilentWorker.all) == 4)
    jobs.submit("f", [RunConfig.from_flat(SHORT)])
    until(lambda: len(SilentWorker.all) == 5, seconds=5)  # e's has said nothing for long enough
    jobs.close()
    until(lambda: fourth.state == "stopped")
    assert all(worker.killed for worker in SilentWorker.all[2:])


def test_nobody_takes_the_machine_for_hours(server: tuple[JobQueue, RunCatalog]) -> None:
    with pytest.raises(
        SettingError, match=r"epochs: 500 is not allowed; use at most \d+ with these images and this network"
    ):
        server[0].submit("n", [RunConfig.from_flat({"train_size": 60_000, "epochs": 500, "hidden": "2048,2048"})])


def test_a_full_disk_loses_no_run(server: tuple[JobQueue, RunCatalog], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Store, id: str, kept: object) -> None:
        raise OSError(28, "No space left on device")

    jobs, runs = server
    monkeypatch.setattr(Store, "write", full)
    job = start(jobs, "o", **SHORT)
    until(lambda: not job.active)
    assert job.state == "finished"
    assert "could not be saved on disk (No space left on device)" in job.message.text()
    assert runs.get(job.run_id).metrics["epochs"] > 1.9


SERVER = """
import signal, sys, time
from pathlib import Path
from vae_core.config import RunConfig
from vae_core.i18n.message import Message
from vae_core.jobs.queue import JobQueue
from vae_core.jobs.processes import preload_workers
from vae_core.runs.catalog import RunCatalog
from vae_core.runs.store import Store
if __name__ == "__main__":
    jobs = JobQueue(RunCatalog(store=Store(Path(sys.argv[1]))))
    job = jobs.submit("a", [RunConfig.from_flat({"dataset": "digits", "hidden": "64", "epochs": 500, "batch_size": 8})])
    while job.state != "running":
        time.sleep(0.05)
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: jobs.close() or sys.exit(0))
    print(jobs.worker(job).process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_the_server_and_keep_what_they_can(
    end: signal.Signals, tmp_path: Path, server: tuple[JobQueue, RunCatalog]
) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, script, tmp_path / "runs"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    worker = int(process.stdout.readline())
    os.killpg(process.pid, end) if end == signal.SIGINT else process.send_signal(
        end
    )  # a terminal's Ctrl-C goes to all of them
    process.wait(timeout=60)
    until(
        lambda: not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text().split()[2], 20
    )
    if end != signal.SIGKILL:
        runs = RunCatalog(store=Store(tmp_path / "runs"))
        [entry] = [entry for entry in runs.listing("a") if entry.owner]
        assert not entry.finished
        assert runs.get(entry.id).history
        jobs = JobQueue(runs)
        job = jobs.continue_run("a", entry.id, 0)
        until(lambda: job.state == "running")
        assert job.frame.step.step > runs.get(entry.id).history[-1]["step"]
        jobs.stop(job)
        until(lambda: not job.active)
