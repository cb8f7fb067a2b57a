"""Every command that writes, as a run does it: taken out, carried out, brought back; nothing that one writes is refused or lost."""

import re
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from planner import Told, busy_calls, echelon
from store_case import add_folder, author, new_database
from test_service_folder import assert_equal

from data.exchange.measures import MEASURES
from data.store.base import Database
from data.store.folder import Files, write_out
from data.store.revisions import changing
from data.store.working_copy import check_in, check_out

NOON = "2026-06-16T12:00"
DEED = "call_in:A0001:service:2026-06-09T18:00+08:00"
ADDED = {
    "tasks.csv": "id,kind,agents,each,minutes,earliest,deadline,priority,least_piece_minutes\n"
    "train,training,A0001;A0002,true,60,2026-06-17T08:00+08:00,2026-06-26T20:00+08:00,2,30\n",
    "leave_wishes.csv": "id,agent,first,last,code,rank,flexible_days,split,bid\nw1,A0001,2026-07-02,2026-07-04,AL,1,,,\n",
    "activations.csv": "echelon,queue,start,end,members\nE1,service,2026-06-09T18:00+08:00,2026-06-09T20:00+08:00,A0001;A0007\n",
    "requests.jsonl": '{"id": "r1", "made_at": "2026-06-16T09:00+08:00", "kind": "early_leave", "agent": "A0001", '
    '"day": "2026-06-18", "minutes": 30}\n'
    '{"id": "r2", "made_at": "2026-06-16T09:00+08:00", "kind": "leave", "agent": "A0004", "first": "2026-06-22", '
    '"last": "2026-06-22", "code": "UL", "paid": false}\n',
    "measures.toml": re.sub(r"price = \d+", "price = 1", MEASURES.read_text(encoding="utf-8")),
    "connections.toml": '[connections.file]\nsystem = "shift_export"\n',
}
COMMANDS = f"""
leave . --first 2026-07-01 --days 14 --grant
rulebook draft . v2 --at 2026-06-01T10:00
rulebook consult . v2 --until 2026-06-07 --at 2026-06-01T10:00
rulebook comment . v2 --by night --text good --at 2026-06-02T10:00
rulebook answer . v2 1 --text stays --at 2026-06-08T10:00
rulebook withdraw . v2 --at 2026-06-08T10:00
require .
forecast . --origin 2026-06-15 --days 14
forecasts accuracy .
adjust . --first 2026-06-15 --sweeps 2 --bound-steps 0 --propose
tweak . --at {NOON}
rebase . v002-week --propose
warn . --at 2026-06-09T12:00
warnings acknowledge . w0001 --at 2026-06-09T12:10
warnings close . w0001 --at 2026-06-09T12:20
warnings review . w0001 --at {NOON} --cause system --done calls --lesson none
warn . --at {NOON}
score-warnings .
request . requests.jsonl --at {NOON}
edit . A0002@2026-06-19=L --propose
approve . v005-week
publish . v005-week
off-phone . --at {NOON}
take-back . --at {NOON}
propose . --at {NOON}
accept . --at {NOON} --all
award . --month 2026-06 --at 2026-07-01T09:00
dispute . {DEED} --at 2026-07-01T09:00 --reason absent
reverse . {DEED} --at 2026-07-01T10:00 --reason absent
claim . A0007 regular_day_shift --first 2026-07-06 --last 2026-07-12 --at 2026-07-01T09:00
rights . --first 2026-06-29 --days 14 --at 2026-07-02T10:00
fairness . --close
payroll . --first 2026-06-01 --last 2026-06-28
certify .
simulate . --days 1 --replications 2
stress . --days 1 --replications 2 --fixes 0
what-if . typhoon --at {NOON} --customers 8000
drill . typhoon --at {NOON} --replications 5
activate . typhoon --level orange --at {NOON}
done . typhoon broadcast --at {NOON}
decide . --at {NOON}
size-echelons . --first 2026-06-22 --days 2 --scenarios 2 --origin 2026-06-16
echelons register . --at {NOON}
echelons duty . --first 2026-06-17 --days 1
call-out start . --at {NOON} --echelon E1 --queue service --from 2026-06-17T09:00 --to 2026-06-17T12:00 --heads 1
call-out ask . c0001 --at {NOON}
call-out stand-down . c0001 --at {NOON}
risk map . --at {NOON} --days 1 --register
risk add . --title slow --cause technology --owner IT --source outside --at {NOON}
risk assess . r0001 --likelihood 4 --severity 4 --at {NOON}
risk treat . r0001 --option reduce:8:2:4:cache --at {NOON}
risk respond . r0001 --plan plan --told li --at {NOON}
risk review . r0001 --likelihood 2 --severity 3 --at {NOON}
lend propose . --at {NOON}
lend settle .
control notice . project:service --month 2026-06 --at 2026-07-01T09:00 --text late --by li
control interview . c0001 --at 2026-07-02T09:00 --text talk --by li
control board . --month 2026-06 --day 2026-07-31
signals add . media --at {NOON} --until 2026-06-16T20:00 --queue service --uplift 1.5 --weight 0.5
push . --to file
design-shifts . --shifts 4 --effort 1 --week 2026-06-15
restore . v001-month --first 2026-06-22
"""
"""In an order in which each finds what it needs."""

EMPTY = ("forecasts accuracy .",)
"""They may have nothing to write."""


@pytest.fixture
def kept(month: tuple[Path, Told], tmp_path: Path) -> Database:
    """The planned template with calls until noon of a day, in the embedded database."""
    folder = Path(shutil.copytree(month[0], tmp_path / "in"))
    busy_calls(folder, "2026-06-01", NOON, 1.3)
    for name, text in ADDED.items():
        (folder / name).write_text(text, encoding="utf-8")
    database = new_database(f"sqlite:///{tmp_path / 'echelon.sqlite3'}", "grid")
    add_folder(database, "grid", folder, Files(tmp_path))
    return database


def test_what_every_command_writes_is_brought_back(kept: Database, tmp_path: Path) -> None:
    files, copy = Files(tmp_path), tmp_path
    for number, line in enumerate(COMMANDS.strip().splitlines()):
        copy = tmp_path / f"copy{number}"
        base = check_out(kept, "grid", copy, files)
        before = states(files.mirror("grid"), base.files)
        words = (copy if word == "." else copy / word if word in ADDED else word for word in shlex.split(line))
        told = echelon(*words)
        assert told.code == 0, (line, told)
        assert states(files.mirror("grid"), base.files) == before, f"{line}: wrote into a file that others read"
        with changing(kept, "grid", author(), "run") as change:
            brought = check_in(change, copy, files)
        assert brought or line in EMPTY, line
    with kept.reading() as connection:
        write_out(connection, "grid", tmp_path / "out", files)
    assert_equal(copy, tmp_path / "out")


def states(folder: Path, paths: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Inode, size and time of change of files."""
    told = {path: (folder / path).stat() for path in paths}
    return {path: (one.st_ino, one.st_size, one.st_mtime_ns) for path, one in told.items()}
