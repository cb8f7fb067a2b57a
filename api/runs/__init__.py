"""Runs of the service: each command of the command line on a working copy of a centre, in a process of its own, and durable."""
