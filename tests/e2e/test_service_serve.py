"""``echelon serve`` as an operator runs it: the guide from its first to its last example, health, figures, a gentle end, a kill."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import psutil
import pytest
from receiver_case import receiving, until
from service_case import author, serving

from api.webhooks import LEASE, Sender
from data.exchange.catalogue import BY_NAME
from data.exchange.folder import write_template
from data.store.entries import put
from data.store.revisions import add_centre, changing

COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]
ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(bash|sh)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@contextmanager
def command(data: Path, *words: str, code: str = "", **settings: str) -> Generator[subprocess.Popen[str]]:
    told = os.environ | {"ECHELON_DATA": str(data), "ECHELON_LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1"}
    told |= {"ECHELON_WEBHOOKS_PRIVATE": "true"} | settings
    asked = [sys.executable, "-c", code] if code else [*COMMAND, *words]
    with (
        (data.parent / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(asked, cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8") as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def address_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The one-time password that is told at the first start, and the address."""
    assert process.stdout is not None
    one_time = next(line.rsplit(" ", 1)[1].strip() for line in process.stdout if line.startswith("One-time password"))
    return one_time, next(found[1] for line in process.stdout if (found := re.search(r"(http://[\d.:]+)/api/v1", line)))


def follow_guide(place: Path, **told: str) -> str:
    """Carry out the examples of the guide in one shell, as a reader would; what they say."""
    script = "set -euo pipefail\n" + "".join(text for kind, text in BLOCKS if kind == "bash")
    done = subprocess.run(
        ["bash", "-c", script], cwd=place, env=os.environ | told, capture_output=True, text=True, encoding="utf-8", timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr + (place / "log").read_text(encoding="utf-8")[-3000:]
    return done.stdout


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="the examples of the guide need curl and jq")
def test_one_command_serves_the_guide_and_ends_gently(tmp_path: Path) -> None:
    write_template(tmp_path / "my-centre")
    with receiving() as receiver, command(tmp_path / "data", "serve", "--port", "0") as process:
        one_time, address = address_of(process)
        base = f"{address}/api/v1"
        with httpx2.Client(base_url=base, timeout=30) as client:  # nobody who was told the address is turned away
            assert client.get("/health").json() == {"status": "ok"}
            assert client.get("/ready").json() == {"status": "ok"}
            assert client.get("/centres", headers={"Authorization": "Bearer ech_wrong"}).status_code == 401
        told = follow_guide(tmp_path, BASE=base, ONE_TIME=one_time, HOOK=receiver.url)
        assert '["v001-month","published"]' in told, told
        until(lambda: receiver.tries > 0)  # its secret is not known here: that the ping is signed is tested elsewhere
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    log = (tmp_path / "log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    refused = next(line for line in lines if line.get("route") == "/api/v1/centres")
    assert (refused["status"], refused["method"]) == (401, "GET")
    assert not [line for line in lines if line.get("event") == "request" and line["status"] >= 500]
    assert "ech_" not in log
    assert one_time not in log


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Processes that a service has started and that live, other than Python's own helper."""
    return [one for one in psutil.Process(process.pid).children() if "spawn_main" in " ".join(words_of(one))]


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; none once it has ended."""
    with suppress(psutil.NoSuchProcess):  # also a zombie
        return process.cmdline()
    return []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_several_processes_answer_at_one_address_and_end_with_the_first(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "data").mkdir()
    with command(tmp_path / "data", "serve", "--port", "0", "--no-worker", ECHELON_PROCESSES="2") as process:
        address = address_of(process)[1]
        assert httpx2.get(f"{address}/api/v1/health", timeout=60).json() == {"status": "ok"}
        several = children(process)
        assert len(several) == 2
        several[0].kill()
        until(lambda: several[0] not in children(process) and len(children(process)) == 2, seconds=60)
        assert httpx2.get(f"{address}/api/v1/health", timeout=60).status_code == 200
        several = children(process)
        process.send_signal(how)
        assert process.wait(60) == (0 if how is signal.SIGTERM else -how)
        assert psutil.wait_procs(several, timeout=30)[1] == []


def test_every_path_of_the_guide_is_served(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        document = service.client().get("/openapi.json").json()
    served = [re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path).removeprefix("/api/v1") + "$") for path in document["paths"]]
    told = {
        re.sub(r"\$\w+|\{[^}]*\}", "x", path)
        for path in (
            *re.findall(r"\$BASE(/[\w/.$-]+)", "".join(text for _, text in BLOCKS)),
            *re.findall(r"`(?:GET|POST|PUT|PATCH|DELETE) (/[\w/.{}-]+)", GUIDE),
        )
    }
    assert len(told) > 20
    told -= {"/api/v1/openapi.json"}
    assert [path for path in sorted(told) if not any(one.match(path.removeprefix("/api/v1")) for one in served)] == []


SENDER = """
import threading
from api.settings import Settings
from api.webhooks import Sender
Sender(Settings(), poll_s=0.02).start()
print("sends", flush=True)
threading.Event().wait()
"""


def test_a_sender_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    many, kept = 60, BY_NAME["warning-steps"]
    with serving(tmp_path / "data", webhooks_private=True) as service, receiving() as receiver:
        client, database = service.client("planner"), service.settings.database
        with database.writing() as connection:
            add_centre(connection, "c", author())
        made = client.post("/centres/c/webhooks", json={"url": receiver.url}).json()
        receiver.secret, receiver.delay_s = made["secret"], 0.05
        step = {"deed": "raised", "by": "system", "at": "2026-03-01T08:00:00+08:00", "level": "red", "role": "lead"}
        with changing(database, "c", author(), "test") as change:
            put(change, kept, [(f"{k:08d}", k, {"warning": f"w{k}"} | step) for k in range(1, many + 1)])
        with command(tmp_path / "data", code=SENDER) as process:
            until(lambda: len(receiver.got) > many // 4)
            process.kill()
        assert len(receiver.got) < many
        later = Sender(service.settings, poll_s=0.02, clock=lambda: datetime.now(UTC) + LEASE + timedelta(seconds=1))
        later.start()
        until(lambda: client.get(f"/centres/c/webhooks/{made['id']}/deliveries", params={"state": "waiting"}).json()["items"] == [])
        later.stop()
        assert (len(set(receiver.ids())), receiver.forged) == (many, 0)
        assert len(receiver.got) <= many + 4  # only what was in hand may come twice


def test_figures_need_a_key_and_tell_routes_and_backlogs(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        assert service.client("planner").get("/metrics").status_code == 403
        auditor = service.client("auditor")
        auditor.get("/centres")
        told = auditor.get("/metrics").text
    assert 'echelon_runs{state="queued"} 0.0' in told
    assert 'echelon_webhook_deliveries_oldest_seconds{state="waiting"} 0.0' in told
    assert 'handler="/api/v1/centres"' in told


def test_it_is_not_ready_without_its_tables(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        client = service.client()
        service.settings.database.engine.dispose()
        for file in tmp_path.glob("echelon.sqlite3*"):
            file.unlink()
        assert (client.get("/ready").status_code, client.get("/health").status_code) == (503, 200)
