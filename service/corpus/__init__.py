"""A corpus of invented careers: what article 60 workers may have behind them, to try the calculation on.

    figures.toml ──► Dice ──► careers ──► cases (the case format) ──► report: how many are decided, why not the others

It stands in the service's room: it is neither law nor a handler's business, and the law must not know on what it is
tried. The distributions are assumptions with their reasons, not statistics of any office, and nobody in it exists.
"""
