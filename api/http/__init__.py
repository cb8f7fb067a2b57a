"""The HTTP API: thin routes over the store and the runs. Only here is FastAPI known."""
