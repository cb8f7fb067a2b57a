"""Lending between projects 跨项目支援: whose agents can answer which queue of another project (`orders`)."""
