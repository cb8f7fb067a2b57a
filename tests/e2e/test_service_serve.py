"""``echelon serve`` as an operator runs it: one command, health, figures, a gentle end."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from service_case import serving

COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]


@contextmanager
def command(data: Path, *words: str) -> Generator[subprocess.Popen[str]]:
    told = os.environ | {"ECHELON_DATA": str(data), "ECHELON_LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1"}
    root = Path(__file__).parents[2]
    asked = [*COMMAND, *words]
    with subprocess.Popen(
        asked, cwd=root, env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_one_command_serves_and_ends_gently(tmp_path: Path) -> None:
    with command(tmp_path / "data", "serve", "--port", "0") as process:
        assert process.stdout is not None
        address = next(found[1] for line in process.stdout if (found := re.search(r"(http://[\d.:]+)/api/v1", line)))
        with httpx2.Client(base_url=f"{address}/api/v1", timeout=30, transport=httpx2.HTTPTransport(retries=3)) as client:
            assert client.get("/health").json() == {"status": "ok"}
            assert client.get("/ready").json() == {"status": "ok"}
            assert client.get("/centres", headers={"Authorization": "Bearer ech_wrong"}).status_code == 401
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    refused = next(line for line in lines if line.get("route") == "/centres")
    assert (refused["status"], refused["method"]) == (401, "GET")
    assert "ech_wrong" not in told


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
