"""Pictures of the guide, taken from a running system on the sample centre: ``PYTHONPATH=.:tests python tests/guide.py``."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from run_case import ended, submit, working
from screens_case import browsing, person
from service_case import Service

PICTURES = Path(__file__).parents[1] / "docs" / "guide" / "pictures"
CENTRE, LANGUAGES = "my-centre", ("zh", "en")
NOW = "2026-06-09T10:00"
RUNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("forecast", {"days": 28, "reason": "June"}),
    ("plan", {"first": "2026-06-01", "days": 28}),
    ("adjust", {"first": "2026-06-08", "propose": True}),
    ("warn", {"at": NOW}),
    ("echelons-register", {"at": NOW}),
    ("what-if", {"scenario": "typhoon", "at": "2026-06-10T14:00"}),
    ("drill", {"scenario": "typhoon", "at": "2026-06-10T14:00"}),
)
PAGES = {
    "start": "/start",
    "today": "today/2026-06-09",
    "forecast": "forecast",
    "requirement": "requirement",
    "runs": "runs",
    "rosters": "rosters",
    "grid": "rosters/v002-month",
    "day": "day/2026-06-09",
    "rulebook": "rulebook",
    "warnings": "warnings",
    "echelons": "echelons",
    "scenario": "echelons/whatif",
    "drill": "echelons/drills",
    "people": "people",
    "data": "data/staff",
    "settings": "/settings",
    "audit": "/audit",
}
"""Name of each picture, and the page it shows: of the centre unless it begins with a slash."""

OWN = {"own-requests": "me/requests"}
"""Pages of an agent, on a telephone."""


def prepare(service: Service) -> None:
    """The sample centre with everything that the guide shows."""
    client = service.client()
    client.post("/centres", json={"id": CENTRE, "sample": True}).raise_for_status()
    for kind, told in RUNS:
        run = ended(client, submit(client, CENTRE, kind, **told))
        assert run["state"] == "succeeded", run
    person(service, "li.wei", "planner", "administrator")
    person(service, "wang.fang", "agent", agent="A0001")


def take(service: Service, name: str, language: str, pages: dict[str, str], **window: int) -> None:
    """Pictures of some pages as somebody sees them."""
    folder = PICTURES / language
    folder.mkdir(parents=True, exist_ok=True)
    with browsing(service, name, language, **window) as page:
        for picture, path in pages.items():
            page.goto(service.address + (path if path.startswith("/") else f"/c/{CENTRE}/{path}"))
            page.locator("#content").wait_for()
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(800)  # charts are drawn, and do not say when they are done
            page.screenshot(path=folder / f"{picture}.png")


def main() -> None:
    """Serve the sample centre and take every picture in both languages."""
    with TemporaryDirectory() as root, working(Path(root) / "data") as service:
        prepare(service)
        for language in LANGUAGES:
            take(service, "li.wei", language, PAGES, width=1280, height=800)
            take(service, "wang.fang", language, OWN, width=390, height=844)


if __name__ == "__main__":
    main()
