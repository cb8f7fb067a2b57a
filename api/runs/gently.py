"""Imported by the process that runs are forked from, before all else: they give way to people who wait for a page."""

import os

NICENESS = 10
"""Added to that of the service (house choice)."""

os.nice(NICENESS)
