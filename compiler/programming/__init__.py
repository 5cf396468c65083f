"""Schedules, fillers and calendars to what channels play: one file a kind of schedule.

schedules.py knows all kinds and finds them by name; contents.py, fillers.py and looks.py make what they
share. The caller is compiler/resolve.py.
"""
