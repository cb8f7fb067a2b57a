"""Folders that several end-to-end tests look at; whoever changes one takes a copy."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from client_case import generated, importable
from planner import QUICK, Told, busy_calls, echelon, hashes, installed

from data.centres.samples import write_sample


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commented template."""
    folder: Path = tmp_path_factory.mktemp("template") / "centre"
    told = installed("init", folder)
    assert told.code == 0, told
    return folder


@pytest.fixture(scope="session")
def month(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """The template with a month plan, and what the command said."""
    folder: Path = tmp_path_factory.mktemp("month") / "centre"
    shutil.copytree(template, folder)
    return folder, installed("plan", folder, *QUICK)


@pytest.fixture(scope="session")
def chain(month: tuple[Path, Told], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Told, dict[str, str]]]:
    """Month, week, day and warning on busier calls than forecast: a folder, what was said, and the hashes after each step."""
    folder: Path = tmp_path_factory.mktemp("chain") / "centre"
    shutil.copytree(month[0], folder)
    steps = [(folder, month[1], hashes(folder))]
    busy_calls(folder, "2026-06-01", "2026-06-08", 1.35)
    told = echelon("adjust", folder, "--first", "2026-06-08", "--bound-steps", "20")
    steps.append((folder, told, hashes(folder)))
    busy_calls(folder, "2026-06-08", "2026-06-16T09:30", 1.3)
    for step in ("tweak", "warn"):
        told = echelon(step, folder, "--at", "2026-06-16T09:30")
        steps.append((folder, told, hashes(folder)))
    return steps


@pytest.fixture(scope="session")
def team12(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """The sample centre of twelve with history and leave, planned."""
    folder: Path = tmp_path_factory.mktemp("team12")
    write_sample("team12", folder)
    return folder, echelon("plan", folder, *QUICK)


@pytest.fixture(scope="session")
def client_package(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The generated client, which can be imported while the session runs."""
    base = tmp_path_factory.getbasetemp()
    target = generated(base.parent if base.name.startswith("popen-") else base)
    with importable(target) as package:
        yield package
