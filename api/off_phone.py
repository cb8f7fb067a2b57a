"""Off-phone work of a centre's folder: its tasks, where they are placed, and what is owed of them."""

from dataclasses import dataclass

from api.workspace import Workspace
from data.exchange.offphone import DEBTS_FILE, PLACEMENTS_FILE, TASKS_FILE, read_debts, read_placements, read_tasks
from data.model.offphone import Debt, Placement, Task


@dataclass(frozen=True)
class OffPhone:
    """Work off the phones as it stands; nothing where there are no files."""

    tasks: tuple[Task, ...]
    placements: tuple[Placement, ...]
    debts: tuple[Debt, ...]

    @classmethod
    def of(cls, workspace: Workspace) -> "OffPhone":
        """Read the files of a folder."""
        tasks, placements, debts = (workspace.out / name for name in (TASKS_FILE, PLACEMENTS_FILE, DEBTS_FILE))
        centre, agents = workspace.centre, workspace.agents
        skills, teams = [queue.id for queue in centre.centre.queues], {agent.team for agent in centre.agents} - {""}
        found = read_tasks(tasks, agents, skills, teams)
        names = [task.id for task in found]
        return cls(found, read_placements(placements, names, agents), read_debts(debts, names, agents))
