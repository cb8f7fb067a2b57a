"""Composition and delivery: the steps of the flow, the command line, the report."""
