"""Draws a poster as a PDF of one page."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from iot_hub.posters.base_tiles import LAYERS, shapes_in
from iot_hub.posters.cities import City, cities_in
from iot_hub.posters.fonts import Weight, runs, width_of
from iot_hub.posters.frame import Frame, frame_of
from iot_hub.posters.palette import MODES, PALETTES, Palette
from iot_hub.posters.poster import Figure, Line, Poster

_MM = 72 / 25.4
_NARROWEST_WITH_COAST_M = 20_000
"""The base map's coasts are good to about a kilometre: a narrower sheet would show a walk on the beach at sea."""
_WIDEST_WITH_REGIONS_M = 1_500_000
_WIDEST_WITH_SCALE_M = 1_500_000
_LEAST_STEP_PT = 0.25
"""Points of a line that are closer on paper are one."""
_MOST_CITIES = 90


def pdf_of(poster: Poster) -> bytes:
    """Return the PDF."""
    written = io.BytesIO()
    sheet = poster.sheet
    canvas = Canvas(
        written, pagesize=(sheet.width_mm * _MM, sheet.height_mm * _MM), pageCompression=1, invariant=1
    )  # fmt: skip
    canvas.setTitle(poster.title)
    canvas.setCreator("IoT Personal Hub")
    _Drawing(canvas, poster).draw()
    canvas.showPage()
    canvas.save()
    return written.getvalue()


@dataclass(frozen=True)
class _Box:
    """A rectangle of the sheet in points, from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


class _Drawing:
    def __init__(self, canvas: Canvas, poster: Poster) -> None:
        self._canvas = canvas
        self._poster = poster
        self._colours: Palette = PALETTES[poster.sheet.theme]
        width, height = poster.sheet.width_mm * _MM, poster.sheet.height_mm * _MM
        self._width, self._height = width, height
        self._unit = min(width, height) / 297
        """A millimetre of A3."""
        self._point = self._unit / _MM
        """A point of A3: letters and lines are as large on A2, relative to the sheet."""
        margin = 15 * self._unit
        band = (71 if poster.sheet.orientation == "portrait" else 62) * self._unit
        self._box = _Box(margin, margin + band, width - 2 * margin, height - 2 * margin - band)
        self._frame: Frame = frame_of(
            (line for lines in poster.lines.values() for line in lines), self._box.width / self._box.height
        )

    def draw(self) -> None:
        self._canvas.setFillColor(HexColor(self._colours.paper))
        self._canvas.rect(0, 0, self._width, self._height, stroke=0, fill=1)
        self._canvas.saveState()
        clip = self._canvas.beginPath()
        clip.rect(self._box.left, self._box.bottom, self._box.width, self._box.height)
        self._canvas.clipPath(clip, stroke=0, fill=0)
        ground_m = self._frame.width / math.cosh((self._frame.north + self._frame.south) / 2 / 6_378_137)
        self._draw_base(ground_m)
        lines = {mode: [self._frame.shift(line) for line in lines] for mode, lines in self._poster.lines.items()}
        self._draw_lines(lines)
        self._draw_ends()
        self._draw_cities([line for of_mode in lines.values() for line in of_mode])
        if ground_m <= _WIDEST_WITH_SCALE_M:
            self._draw_scale(ground_m)
        if not lines:
            self._nothing()
        self._canvas.restoreState()
        self._draw_titles()

    def _draw_base(self, ground_m: float) -> None:
        colours, canvas, box = self._colours, self._canvas, self._box
        with_coast = ground_m >= _NARROWEST_WITH_COAST_M
        canvas.setFillColor(HexColor(colours.sea if with_coast else colours.land))
        canvas.rect(box.left, box.bottom, box.width, box.height, stroke=0, fill=1)
        if not with_coast:
            self._draw_grid(ground_m)
            return
        by_layer: dict[str, list[list[Line]]] = {layer: [] for layer in LAYERS}
        for layer, shape in shapes_in(self._frame):
            by_layer[layer].append(shape)
        for layer, colour in (("land", colours.land), ("lakes", colours.sea)):
            canvas.setFillColor(HexColor(colour))
            for shape in by_layer[layer]:
                self._trace(shape, fill=True)
        canvas.setLineJoin(1)
        widths = [("borders", colours.border, 0.35)]
        if ground_m <= _WIDEST_WITH_REGIONS_M:
            widths.insert(0, ("regions", colours.region, 0.2))
        for layer, colour, width in widths:
            canvas.setStrokeColor(HexColor(colour))
            canvas.setLineWidth(width * self._unit)
            for shape in by_layer[layer]:
                self._trace(shape)

    def _draw_grid(self, ground_m: float) -> None:
        """Rule the ground, a square as wide as the scale's bar."""
        box, canvas = self._box, self._canvas
        step = box.width * _scale_m(ground_m) / ground_m
        canvas.setStrokeColor(HexColor(self._colours.region))
        canvas.setLineWidth(0.2 * self._unit)
        for place in range(1, int(max(box.width, box.height) / step) + 1):
            x, y = box.left + place * step, box.bottom + place * step
            canvas.line(x, box.bottom, x, box.bottom + box.height)
            canvas.line(box.left, y, box.left + box.width, y)

    def _draw_lines(self, lines: dict[str, list[Line]]) -> None:
        canvas = self._canvas
        count = sum(len(of_mode) for of_mode in lines.values())
        width = (1.5 if count < 8 else 1.1 if count < 80 else 0.75 if count < 800 else 0.5) * self._unit
        canvas.setLineCap(1)
        canvas.setLineJoin(1)
        # Flights below: they cross everything else.
        order = [mode for mode in ("flight", *(mode for mode in MODES if mode != "flight")) if mode in lines]
        for mode in order:
            # Once over all lines of a mode, so that the glow does not add up.
            self._stroke(mode, width * 4.5, 0.12)
            self._trace(lines[mode])
        for mode in order:
            self._stroke(mode, width * (0.7 if mode == "flight" else 1), 0.6 if mode == "flight" else 0.85)
            for line in lines[mode]:
                self._trace([line])
        canvas.setStrokeAlpha(1)

    def _stroke(self, mode: str, width: float, alpha: float) -> None:
        self._canvas.setStrokeColor(HexColor(self._colours.modes[mode]))
        self._canvas.setStrokeAlpha(alpha)
        self._canvas.setLineWidth(width)

    def _draw_ends(self) -> None:
        if self._poster.ends is None:
            return
        canvas, radius = self._canvas, 2 * self._unit
        canvas.setStrokeColor(HexColor(self._colours.ink))
        canvas.setLineWidth(1.1 * self._unit)
        for (x, y), fill in zip(self._poster.ends, (self._colours.paper, self._colours.ink), strict=True):
            canvas.setFillColor(HexColor(fill))
            canvas.circle(*self._on_sheet(self._frame.turned(x), y), radius, stroke=1, fill=1)

    def _draw_cities(self, lines: Sequence[Line]) -> None:
        """Name cities, the most important first, each to the right of its dot or to the left, where there is room."""
        taken: list[tuple[float, float, float, float]] = []
        for city in cities_in(self._frame, lines, _MOST_CITIES):
            size = (12 if city.is_near else 9.5) * self._point
            x, y = self._on_sheet(city.x, city.y)
            width, gap = width_of(city.name, "regular", size), 1.8 * self._unit
            for left in (x + gap, x - gap - width):
                around = (left - 2 * gap, y - size, left + width + 2 * gap, y + size)
                if self._has_room(around) and not any(_overlap(around, other) for other in taken):
                    taken.append(around)
                    self._draw_city(city, x, y, left, size)
                    break

    def _has_room(self, around: tuple[float, float, float, float]) -> bool:
        box = self._box
        return (
            around[0] > box.left
            and around[2] < box.left + box.width
            and around[1] > box.bottom + 8 * self._unit
            and around[3] < box.bottom + box.height
        )

    def _draw_city(self, city: City, x: float, y: float, left: float, size: float) -> None:
        colour = self._colours.ink if city.is_near else self._colours.soft
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.circle(x, y, (0.75 if city.is_near else 0.5) * self._unit, stroke=0, fill=1)
        weight: Weight = "regular"
        self._text(city.name, left, y - size * 0.33, weight, size, colour, halo=self._colours.land)

    def _draw_scale(self, ground_m: float) -> None:
        length = _scale_m(ground_m)
        width = self._box.width * length / ground_m
        right, bottom = self._box.left + self._box.width - 5 * self._unit, self._box.bottom + 4 * self._unit
        canvas = self._canvas
        canvas.setStrokeColor(HexColor(self._colours.soft))
        canvas.setLineWidth(0.7 * self._unit)
        canvas.setLineCap(0)
        canvas.line(right - width, bottom, right, bottom)
        name = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
        size = 9 * self._point
        self._text(
            name, right - width_of(name, "regular", size), bottom + 1.6 * self._unit, "regular", size,
            self._colours.soft, halo=self._colours.land,
        )  # fmt: skip

    def _nothing(self) -> None:
        size = 24 * self._point
        width = width_of(self._poster.nothing, "light", size)
        left, bottom = self._box.left + (self._box.width - width) / 2, self._box.bottom + self._box.height * 0.12
        self._text(self._poster.nothing, left, bottom, "light", size, self._colours.soft, halo=self._colours.sea)

    def _draw_titles(self) -> None:
        unit, colours, left = self._unit, self._colours, self._box.left
        top = self._box.bottom
        width = self._box.width
        is_portrait = self._poster.sheet.orientation == "portrait"
        title, spacing, size = self._poster.title, 0.05, 78 * self._point
        size *= min(1, width / width_of(title, "light", size, spacing * size))
        self._text(title, left, top - (23 if is_portrait else 21) * unit, "light", size, colours.ink, spacing * size)
        subtitle, small = self._poster.subtitle, 17 * self._point
        small *= min(1, width / width_of(subtitle or " ", "regular", small, 0.04 * small))
        self._text(
            subtitle, left, top - (33 if is_portrait else 31) * unit, "regular", small, colours.soft, 0.04 * small
        )
        rule = top - (39 if is_portrait else 36) * unit
        self._canvas.setStrokeColor(HexColor(colours.border))
        self._canvas.setLineWidth(0.5 * unit)
        self._canvas.line(left, rule, left + width, rule)
        counted = [figure for figure in self._poster.figures if figure.mode is None]
        by_mode = [figure for figure in self._poster.figures if figure.mode is not None]
        if is_portrait:
            self._draw_figures(counted, left, rule - 10 * unit, width, 30 * self._point)
            self._draw_figures(by_mode, left, rule - 27 * unit, width, 19 * self._point)
        else:
            self._draw_figures(counted, left, rule - 11 * unit, width * 0.44, 24 * self._point)
            self._draw_figures(by_mode, left + width * 0.48, rule - 11 * unit, width * 0.52, 19 * self._point)
        tiny = 7 * self._point
        for text, at in (
            ("IoT Personal Hub", left),
            (self._poster.attribution, left + width - width_of(self._poster.attribution, "regular", tiny)),
        ):
            self._text(text, at, 8.5 * unit, "regular", tiny, colours.soft)

    def _draw_figures(self, figures: Sequence[Figure], left: float, base: float, width: float, size: float) -> None:
        if not figures:
            return
        unit, small = self._unit, 11 * self._point
        widths = [
            max(width_of(figure.value, "semibold", size), width_of(figure.label, "regular", small))
            for figure in figures
        ]
        shrink = min(1, width / (sum(widths) + 5 * unit * (len(figures) - 1)))
        gap = min(16 * unit, (width - sum(widths) * shrink) / max(len(figures) - 1, 1))
        for figure, own_width in zip(figures, widths, strict=True):
            if figure.mode is not None:
                self._canvas.setFillColor(HexColor(self._colours.modes[figure.mode]))
                self._canvas.rect(left, base + size * 0.95, 9 * unit, unit, stroke=0, fill=1)
            self._text(figure.value, left, base, "semibold", size * shrink, self._colours.ink)
            self._text(figure.label, left, base - 5 * unit, "regular", small * shrink, self._colours.soft)
            left += own_width * shrink + gap

    def _text(
        self, text: str, left: float, bottom: float, weight: Weight, size: float, colour: str, spacing: float = 0,
        *, halo: str | None = None,
    ) -> None:  # fmt: skip
        """Write a text; with a halo around it, so that it can be read on lines."""
        for stroke in ([halo] if halo else []) + [None]:
            written = self._canvas.beginText(left, bottom)
            written.setCharSpace(spacing)
            if stroke:
                self._canvas.setLineWidth(size * 0.22)
                self._canvas.setLineJoin(1)
                written.setStrokeColor(HexColor(stroke))
            written.setTextRenderMode(1 if stroke else 0)
            written.setFillColor(HexColor(colour))
            for run, font in runs(text, weight):
                written.setFont(font, size)
                written.textOut(run)
            written.setCharSpace(0)
            written.setTextRenderMode(0)
            self._canvas.drawText(written)

    def _trace(self, lines: Iterable[Line], *, fill: bool = False) -> None:
        path = self._canvas.beginPath()
        for line in lines:
            at_x, at_y = self._on_sheet(*line[0])
            path.moveTo(at_x, at_y)
            last = len(line) - 1
            for place, point in enumerate(line[1:], 1):
                x, y = self._on_sheet(*point)
                if place == last or abs(x - at_x) + abs(y - at_y) >= _LEAST_STEP_PT:
                    path.lineTo(x, y)
                    at_x, at_y = x, y
            if fill:
                path.close()
        self._canvas.drawPath(path, stroke=not fill, fill=fill)

    def _on_sheet(self, x: float, y: float) -> tuple[float, float]:
        frame, box = self._frame, self._box
        return (
            box.left + (x - frame.west) / frame.width * box.width,
            box.bottom + (y - frame.south) / frame.height * box.height,
        )


def _scale_m(ground_m: float) -> float:
    """Return a round length, at most a fifth of the picture."""
    power = 10 ** math.floor(math.log10(ground_m / 5))
    return float(max(step * power for step in (1, 2, 5) if step * power <= ground_m / 5))


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
