"""Frozen types of the domain and their arithmetic; no input or output, no solver, no web."""
