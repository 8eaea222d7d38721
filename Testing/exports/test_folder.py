"""The output folder after kills, faults and misuse."""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from DuOncoUnityLib.errors import DuOncoError, ExitCode
from DuOncoUnityLib.exports import folder
from DuOncoUnityLib.exports.folder import RESULT_FILES, restore_result, result_folder


def write_result(path: Path, generation: int) -> None:
    with result_folder(path) as new:
        for name in sorted(RESULT_FILES):
            (new / name).write_text(f"{generation}" * 1000)


def generation_of(path: Path) -> int:
    """The generation of a result; fails unless it is complete and of one piece."""
    assert {entry.name for entry in path.iterdir()} == RESULT_FILES
    contents = {(path / name).read_text() for name in RESULT_FILES}
    assert len(contents) == 1
    content = contents.pop()
    generation = int(content[:len(content) // 1000])
    assert content == f"{generation}" * 1000
    return generation


def write_forever(path: Path, exchange: bool, started: Event) -> None:
    if not exchange:
        folder._exchange = lambda *_: False
    folder.sync = lambda _: None  # matters in a power cut, not when killed, and makes this test slow
    generation = generation_of(path)
    started.set()
    while True:
        generation += 1
        write_result(path, generation)


@contextmanager
def killed_writer(path: Path, exchange: bool = True) -> Iterator[None]:
    """A process that writes results all the time, and is killed when the block ends."""
    context = multiprocessing.get_context("fork")
    started = context.Event()
    writer = context.Process(target=write_forever, args=(path, exchange, started), daemon=True)
    writer.start()
    assert started.wait(60)
    yield
    writer.kill()
    writer.join()


def test_a_new_result_replaces_the_former_one(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    for generation in (1, 2):
        write_result(out, generation)
        assert generation_of(out) == generation
        assert [entry.name for entry in out.parent.iterdir()] == ["out"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
@pytest.mark.parametrize("exchange", [True, False])
def test_killed_at_any_moment_the_folder_holds_one_complete_result(tmp_path: Path, exchange: bool) -> None:
    out = tmp_path / "out"
    write_result(out, 1)
    rng = random.Random(0)
    kills, last, deadline = 0, 1, time.monotonic() + 60
    # on a busy machine most writers are killed before they have written anything
    while kills < 40 or (last <= 5 and time.monotonic() < deadline):
        kills += 1
        with killed_writer(out, exchange):
            time.sleep(rng.uniform(0.0, 0.05))
        if not exchange:
            restore_result(out)
        last = generation_of(out)
    assert last > 5


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="the system cannot exchange folders")
def test_a_reader_never_finds_the_folder_missing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_result(out, 1)
    with killed_writer(out):
        deadline = time.monotonic() + 2.0
        while time.monotonic() < deadline:
            assert (out / "case.json").exists()
    assert generation_of(out) > 1


def test_an_error_leaves_the_former_result(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_result(out, 1)
    with pytest.raises(ValueError, match="boom"), result_folder(out) as new:
        (new / "case.json").write_text("half")
        raise ValueError("boom")
    assert generation_of(out) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_failing_swap_keeps_the_former(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    out = tmp_path / "out"
    write_result(out, 1)
    if not exchange:
        monkeypatch.setattr(folder, "_exchange", lambda *_: False)
    with pytest.raises(DuOncoError) as caught, result_folder(out) as new:
        new.rmdir()
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE
    assert generation_of(out) == 1


@pytest.mark.parametrize("exchange", [True, False])
def test_other_files_and_folders_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    if not exchange:
        monkeypatch.setattr(folder, "_exchange", lambda *_: False)
    out = tmp_path / "out"
    write_result(out, 1)
    (out / "thesis.docx").write_text("years of work")
    (out / "pictures").mkdir()
    (out / "pictures" / "figure.png").write_text("a figure")
    write_result(out, 2)
    assert (out / "thesis.docx").read_text() == "years of work"
    assert (out / "pictures" / "figure.png").read_text() == "a figure"
    assert (out / "case.json").read_text().startswith("2")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_other_files_in_folders_of_the_result_stay(tmp_path: Path) -> None:
    names = frozenset({"scan-1/a.csv", "scan-2/a.csv", "all.csv"})

    def write(scans: int, text: str) -> None:
        with result_folder(tmp_path / "out", names) as new:
            (new / "all.csv").write_text(text)
            for number in range(1, scans + 1):
                (new / f"scan-{number}").mkdir()
                (new / f"scan-{number}" / "a.csv").write_text(text)

    write(2, "first")
    for place in ("scan-1/notes", "scan-2/notes"):
        (tmp_path / "out" / place).mkdir()
        (tmp_path / "out" / place / "mine.txt").write_text("by hand")
    write(1, "second")
    contents = {path.relative_to(tmp_path / "out").as_posix(): path.read_text()
                for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert contents == {"all.csv": "second", "scan-1/a.csv": "second", "scan-1/notes/mine.txt": "by hand",
                        "scan-2/notes/mine.txt": "by hand"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_other_files_come_back_after_a_kill_before_they_moved(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_result(out, 1)
    hidden = folder._hidden(out.resolve(), "unfinished")    # where the former result lies right after the exchange
    hidden.mkdir()
    (hidden / "thesis.docx").write_text("years of work")
    write_result(out, 2)
    assert (out / "thesis.docx").read_text() == "years of work"


def test_files_and_the_current_folder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DuOncoError, match="is a file"):
        write_result(tmp_path / "file", 1)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(DuOncoError, match="current folder"):
        write_result(Path(), 1)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DuOncoError, match="cannot be written") as caught:
        write_result(tmp_path / "file" / "out", 1)
    assert caught.value.exit_code is ExitCode.CANNOT_WRITE


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_linked_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_result(tmp_path / "link", 3)
    assert (tmp_path / "link").is_symlink()
    assert generation_of(tmp_path / "real") == 3


def test_hidden_names_do_not_give_away_the_patient(tmp_path: Path) -> None:
    with result_folder(tmp_path / "Doe_Jane") as new:
        assert "Doe" not in new.name
        (new / "case.json").write_text("{}")
    assert (tmp_path / "Doe_Jane" / "case.json").exists()
