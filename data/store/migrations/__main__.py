"""Write the next step from what the tables say now: ``python -m data.store.migrations MESSAGE``."""

import sys
import tempfile
from pathlib import Path

from data.store.base import Database
from data.store.schema import revise

with tempfile.TemporaryDirectory() as folder:
    database = Database(f"sqlite:///{Path(folder) / 'schema.sqlite3'}")
    sys.stdout.write(f"{revise(database, ' '.join(sys.argv[1:]))}\n")
    database.engine.dispose()
