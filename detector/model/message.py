"""Messages: everything that goes out to a sink."""

from __future__ import annotations

from detector.model.alert import Alert
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.observation import Observation

Message = Alert | Heartbeat | HeadNotice | Observation
