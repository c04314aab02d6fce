"""A picture of the traffic over a switch: answers by colour and database over time, and errors. SVG, hand-made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.switch.records import Request

BUCKET = 0.25
"""Seconds that a column of the picture stands for."""
_WIDTH, _LEFT, _RIGHT = 860, 56, 16
_PANEL, _GAP, _TOP, _BOTTOM = 96, 56, 116, 48
_HEADROOM = 1.2
"""A late tick of the load is made up for, so a column may stand above the rate."""
_WORD_WIDTH = 100
_ERROR = "error"
_PRODUCTION = "atelier-cadrart"


@dataclass(frozen=True)
class Panel:
    """One proxy's traffic: `since` is where the time axis has its zero, `marks` are moments with a word to each."""

    title: str
    requests: Sequence[Request]
    since: float
    marks: Sequence[tuple[float, str]] = ()


def columns(requests: Iterable[Request], since: float, first: float, last: float) -> dict[int, Counter[str]]:
    """Requests by class (see `classify`) in columns of BUCKET seconds; column 0 begins at `since`.

    `first` and `last` are seconds from there.
    """
    found: dict[int, Counter[str]] = {}
    for request in requests:
        at = request.start - since
        if first <= at < last:
            found.setdefault(int(at // BUCKET), Counter())[classify(request)] += 1
    return found


def classify(request: Request) -> str:
    """`error`, or the colour and the database that answered, such as `blue-production`."""
    if request.error:
        return _ERROR
    return f"{request.color}-{'production' if request.database == _PRODUCTION else 'staging'}"


_CLASSES = {
    "blue-production": "blue, production's database",
    "green-production": "green, production's database",
    "blue-staging": "blue, staging's database",
    "green-staging": "green, staging's database",
    _ERROR: "no good answer",
}

# Colours that stand apart for people who do not tell blue from green by hue: they differ in lightness as well.
_STYLE = """
.t{font:12px system-ui,sans-serif;fill:#24292f}.h{font-weight:600;font-size:13px}.m{fill:#57606a;font-size:11px}
.a{stroke:#8c959f;stroke-width:1}.g{stroke:#8c959f;stroke-width:1;opacity:.25}
.k{stroke:#57606a;stroke-width:1;stroke-dasharray:4 3}
.blue-production{fill:#0a4fa8}.green-production{fill:#35a853}.error{fill:#d1242f}
.blue-staging{fill:url(#bs)}.green-staging{fill:url(#gs)}.bs{stroke:#0a4fa8}.gs{stroke:#35a853}
@media(prefers-color-scheme:dark){.t{fill:#e6edf3}.m{fill:#9198a1}.k{stroke:#9198a1}
.blue-production{fill:#4d94ff}.green-production{fill:#56d364}.bs{stroke:#4d94ff}.gs{stroke:#56d364}.error{fill:#ff7b72}}
"""


def svg(title: str, panels: Sequence[Panel], first: float, last: float, rate: float) -> str:
    """The panels one below the other on one time axis, `first` to `last` seconds; `rate` is a panel's full height."""
    height = _TOP + len(panels) * (_PANEL + _GAP) - _GAP + _BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f"<defs>{_hatching('bs')}{_hatching('gs')}</defs>",
        _text(_LEFT, 20, title, "h"),
        *_legend(),
    ]
    for number, panel in enumerate(panels):
        top = _TOP + number * (_PANEL + _GAP)
        lines += _panel(panel, top, first, last, rate)
    lines += _time_axis(height - _BOTTOM, first, last)
    return "\n".join([*lines, "</svg>", ""])


def _x(at: float, first: float, last: float) -> float:
    return _LEFT + (at - first) / (last - first) * (_WIDTH - _LEFT - _RIGHT)


def _panel(panel: Panel, top: float, first: float, last: float, rate: float) -> Iterator[str]:
    base = top + _PANEL
    yield _text(_LEFT, top - 22, panel.title, "h")
    for share in (0.0, 0.5, 1.0):
        y = base - share * _PANEL / _HEADROOM
        yield f'<line class="{"a" if share == 0 else "g"}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        yield _text(_LEFT - 6, y + 4, f"{share * rate:g}", "m", "end")
    for number, counts in sorted(columns(panel.requests, panel.since, first, last).items()):
        yield from _column(counts, _x(number * BUCKET, first, last), base, _x(BUCKET, 0, last - first) - _LEFT, rate)
    yield from _marks(panel, top, first, last)


def _marks(panel: Panel, top: float, first: float, last: float) -> Iterator[str]:
    """Dashed lines with their labels above; where two are close, the label of the first stand to its left."""
    shown = sorted((_x(at, first, last), word) for at, word in panel.marks if first <= at <= last)
    following = [x for x, _ in shown[1:]] + [float("inf")]
    for (x, word), after in zip(shown, following, strict=True):
        anchor = "start" if after - x > _WORD_WIDTH else "end"
        yield f'<line class="k" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 12}" y2="{top + _PANEL}"/>'
        yield _text(x + (3 if anchor == "start" else -3), top - 5, word, "m", anchor)


def _column(counts: Counter[str], x: float, base: float, width: float, rate: float) -> Iterator[str]:
    y = base
    for kind in _CLASSES:
        if counts[kind]:
            tall = counts[kind] / BUCKET / rate * _PANEL / _HEADROOM
            y -= tall
            yield f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width - 0.4:.1f}" height="{tall:.1f}"/>'


def _legend() -> Iterator[str]:
    places = [(_LEFT, 36), (_LEFT + 220, 36), (_LEFT, 54), (_LEFT + 220, 54), (_LEFT + 440, 36)]
    for (kind, meaning), (x, y) in zip(_CLASSES.items(), places, strict=True):
        yield f'<rect class="{kind}" x="{x}" y="{y}" width="12" height="12"/>'
        yield _text(x + 18, y + 10, meaning)


def _time_axis(y: float, first: float, last: float) -> Iterator[str]:
    for second in range(int(first), int(last) + 1):
        if second % 2 == 0:
            x = _x(second, first, last)
            yield f'<line class="a" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + 4}"/>'
            yield _text(x, y + 17, str(second), "m", "middle")
    yield _text(
        _WIDTH / 2, y + 36, "seconds from the start of the command; heights are requests a second", "m", "middle"
    )


def _hatching(name: str) -> str:
    return (
        f'<pattern id="{name}" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line class="{name}" x1="1" x2="1" y1="0" y2="4" stroke-width="1.6"/></pattern>'
    )


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    return f'<text class="t {style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
