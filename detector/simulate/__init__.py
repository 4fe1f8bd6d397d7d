"""Harmless races with a known truth, to prove an installation from probe to pager."""

from __future__ import annotations

from detector.simulate.own import OwnCalls, play_own_honest, play_own_raced
from detector.simulate.player import Played, play
from detector.simulate.table import SCENARIOS

__all__ = ["SCENARIOS", "OwnCalls", "Played", "play", "play_own_honest", "play_own_raced"]
