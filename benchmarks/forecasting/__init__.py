"""Forecasts against the counts that came: ours and the peers', on the same days, with the same knowledge.

``python -m benchmarks.forecasting --block dev`` prints one table per data set and track; ``--out`` keeps the figures as JSON,
``--resume`` goes on from them, ``--table`` writes them as a page. `datasets` and `peers` hold one file each, found by discovery.

Protocol: rolling origins, a full refit at each, expanding window. *weekly* 5 operating days every 5, *monthly* 20 every 5,
*intraday* the rest of each day given its counts before 10:00, 12:00 and 14:00, *daily* 28 days every 7. A method sees earlier
days, the dates to forecast, the public holidays, drivers known ahead and, intraday, the counts before the cut.
"""
