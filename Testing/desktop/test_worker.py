"""The worker process: progress, errors in one sentence, and a stop that leaves nothing running."""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from DuOncoUnityPanel.worker import ProcessWorker, WorkerState


@pytest.fixture
def start(tmp_path: Path):
    """Starts a Python program as the worker process."""
    workers = []

    def start(program: str) -> ProcessWorker:
        script = tmp_path / "worker.py"
        script.write_text(textwrap.dedent(program))
        workers.append(ProcessWorker([sys.executable, str(script)]))
        return workers[-1]

    yield start
    for worker in workers:
        worker.cancel()


def finished(worker: ProcessWorker) -> WorkerState:
    return wait_for(worker, lambda state: state.finished)


def wait_for(worker: ProcessWorker, condition) -> WorkerState:
    deadline = time.monotonic() + 20
    while not condition(state := worker.poll()):
        assert time.monotonic() < deadline, state
        time.sleep(0.01)
    return state


def test_progress_arrives_while_the_work_runs(start) -> None:
    worker = start("""
        import time
        print('{"stage": "Segmenting", "fraction": 0.5, "remaining_s": 12.5}', flush=True)
        time.sleep(60)
    """)
    state = wait_for(worker, lambda state: state.fraction > 0)
    assert state == WorkerState("Segmenting", 0.5, 12.5)


def test_work_that_says_done_ends_without_an_error(start) -> None:
    state = finished(start("""
        print('{"stage": "Writing", "fraction": 1.0, "remaining_s": 0}')
        print('{"done": true}')
    """))
    assert state.error == ""
    assert state.fraction == 1.0


def test_the_sentence_of_the_command_line_reaches_the_user(start) -> None:
    state = finished(start("""
        import sys
        print('{"error": "The scan has no body in it."}')
        print("Traceback (most recent call last): ...", file=sys.stderr)
        sys.exit(3)
    """))
    assert state.error == "The scan has no body in it."
    assert "Traceback" in state.details


@pytest.mark.parametrize("program", ["import os; os._exit(9)", "raise MemoryError", "print('no JSON at all')"])
def test_a_crash_becomes_a_sentence(start, program: str) -> None:
    state = finished(start(program))
    assert state.error.startswith("The analysis stopped unexpectedly")


def test_what_is_no_message_goes_to_the_log(start) -> None:
    state = finished(start("""
        print("a library talks")
        print('["a", "list"]')
        print('{"done": true}')
    """))
    assert state.error == ""
    assert "a library talks" in state.details


def test_much_output_does_not_block_the_work(start) -> None:
    state = finished(start("""
        import sys
        for n in range(20000):
            print('{"stage": "Segmenting", "fraction": %f, "remaining_s": null}' % (n / 20000))
            print("warning " * 10, file=sys.stderr)
        print('{"done": true}')
    """))
    assert state.error == ""


def test_cancel_stops_the_whole_process_tree_within_two_seconds(start) -> None:
    worker = start("""
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print('{"stage": "%d", "fraction": 0.1, "remaining_s": null}' % child.pid, flush=True)
        time.sleep(60)
    """)
    child = psutil.Process(int(wait_for(worker, lambda state: state.stage).stage))
    started = time.monotonic()
    worker.cancel()
    assert time.monotonic() - started < 2.0
    child.wait(2.0)
    assert worker.poll().finished
    worker.cancel()


def test_a_stopped_worker_says_so(start) -> None:
    worker = start("import time; time.sleep(60)")
    worker.cancel()
    assert worker.poll().finished
    assert worker.poll().error
