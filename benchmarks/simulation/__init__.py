"""Days simulated by the project and by its peers: calls a second, side by side, and whether they agree.

``python -m benchmarks.simulation [--out FILE] [--page FILE] [--slice CALLS]``. Needs the peers (extra ``bench``).

Every side has the same calls, with the handle time and the patience that each was given; redials alone are drawn by each side.
`replay` takes them as they are, as the peers do. `simulate` and `simulate_day` draw as many calls of the same law in each slot,
and their time includes it: the ratios are to `simulate`. Ours is the best of some runs, a peer runs once. The service level and
abandonment of every peer must lie within the noise of ours.
"""
