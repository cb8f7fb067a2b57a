"""Capacity early warnings 产能预警.

`warn` finds them from the chances of a look ahead, `live` raises them by the last intervals and signals heard, `hysteresis` lets
them fall, `causes` and `remedies` say why and what still helps, `scoring` how good the chances were.
"""
