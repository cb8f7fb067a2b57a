"""The drill of a scenario: the same simulated day without and with the echelons."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from time import process_time
from typing import Any

from api.drill import held
from api.playbooks import Scene
from api.simulation import WORKERS
from api.stress import Drill
from api.workspace import Workspace
from data.model.drill import DrillOutcome, Paired

SEED = 1


def drill_of(workspace: Workspace, scene: Scene, now: datetime, replications: int) -> dict[str, Any]:
    """What the drill of a scenario that is known at a moment shows, and the CPU seconds that it takes."""
    asked = Drill(replications, SEED, policy=workspace.policies.stress)
    busy = process_time()
    with ThreadPoolExecutor(WORKERS) as threads:
        found = held(workspace, workspace.newest(scene.start.date()), scene, now, asked, threads).outcome
    seconds = process_time() - busy
    targets = {queue.id: queue.target.service_level for queue in workspace.centre.centre.queues}
    return {
        "replications": replications,
        "start": scene.start.isoformat(),
        "known": now.isoformat(),
        "customers": scene.book.customers,
        "score": found.score.points,
        "cpu_s": seconds,
        "figures": [asdict(one) | {"target": targets.get(one.queue)} for one in _shown(found, scene.queues)],
        "musters": [asdict(one) for one in found.musters],
        "lessons": [one.text[0] for one in found.lessons],
    }


def _shown(found: DrillOutcome, struck: tuple[str, ...]) -> Iterator[Paired]:
    """Figures of the queues that the storm moves, and of all together."""
    return (one for one in found.figures if one.queue in ("", *struck) and one.without == one.without)
