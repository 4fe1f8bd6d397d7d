"""An alert for a person: the finding in full, or a repeat of it in a few lines."""

from __future__ import annotations

from detector.model.alert import Alert
from detector.render import colour as paints
from detector.render.meta import Meta
from detector.render.moment import for_a_person
from detector.render.safe import WIDTH, paragraph, wrap
from detector.render.text import INDENT, render_finding


def render_alert(alert: Alert, meta: Meta, *, colour: bool = False) -> str:
    """Write one alert, every line within 80 columns, without a line break at the end."""
    finding = alert.finding
    if not alert.repeat:
        return render_finding(finding, meta, colour=colour)
    title = f"{finding.severity.upper()}: {finding.title} [{finding.rule}] ×{alert.count:,}"  # noqa: RUF001  (a sign, not a letter)
    style = paints.SEVERITY[finding.severity]
    again = (
        f"again, {alert.count:,} in {alert.interval_s:g} s at most: "
        f"{for_a_person(alert.first_unix_ns)}..{for_a_person(alert.last_unix_ns)}"
    )
    return "\n".join(
        [
            *(paints.paint(line, style, colour=colour) for line in wrap(title, WIDTH)),
            *paragraph("  first", finding.message, INDENT),
            *paragraph("  repeats", again, INDENT),
            *paragraph("  id", alert.id, INDENT),
        ]
    )
