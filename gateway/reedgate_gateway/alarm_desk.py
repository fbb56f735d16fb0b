"""What the running gateway answers about its alarms: the list, and what a person does to one."""

import logging
from dataclasses import dataclass
from typing import Any

from reedgate_gateway.alarms import Alarms
from reedgate_gateway.clock import Clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AlarmDesk:
    alarms: Alarms
    clock: Clock

    async def __call__(self, fields: dict[str, Any]) -> dict[str, Any]:
        """fields: {} or {"key", "person"}, with "shelve_ms" to shelve instead of acknowledging."""
        reason = None
        if fields:
            key, person = str(fields["key"]), str(fields["person"])
            if fields.get("shelve_ms") is None:
                reason = self.alarms.acknowledge(key, person)
            else:
                reason = self.alarms.shelve(key, int(fields["shelve_ms"]), self.clock())
            if reason is None:
                _log.warning("alarm %s: acknowledged or shelved by %s", key, person)
        return {"reason": reason, "alarms": [self._row(alarm) for alarm in self.alarms.shown]}

    def _row(self, alarm: Any) -> dict[str, Any]:
        return {
            "key": str(alarm.key),
            "priority": alarm.priority,
            "since_ms": alarm.since_ms,
            "under": str(alarm.under) if alarm.under else None,
            "acknowledged_by": alarm.acknowledged_by,
            "shelved": alarm.shelved_until_ms is not None,
        }
