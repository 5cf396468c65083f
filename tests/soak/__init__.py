"""The soak: hours of many channels in minutes, and whether the server grows while it plays them.

`PYTHONPATH=tests python -m soak --hours 24` (`make soak`). Time goes on as the stream does (clock.py), the
station is made of files that are sent as they are (station.py), what is measured and judged is gauges.py's.
"""
