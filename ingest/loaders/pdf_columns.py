"""The order in which people read the lines of a page, in one column or two. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from ingest.loaders.pdf_lines import Line


def reading_order(lines: Sequence[Line], width: float) -> list[tuple[int, Line]]:
    """Lines with their column (0 across, 1 left, 2 right), in the order in which people read.

    A line across the gutter ends the columns above it.
    """
    gutter = find_gutter(lines, width)
    ordered = sorted(lines, key=lambda line: (line.top, line.x0))
    if gutter is None:
        return [(0, line) for line in _by_rows(ordered)]
    found: list[tuple[int, Line]] = []
    band: list[Line] = []

    def close() -> None:
        for column in (1, 2):
            side = [li for li in band if ((li.x0 + li.x1) / 2 >= gutter) == (column == 2)]
            found.extend((column, line) for line in _by_rows(side))
        band.clear()

    for line in ordered:
        if line.x0 < gutter - 4 and line.x1 > gutter + 4:
            close()
            found.append((0, line))
        else:
            band.append(line)
    close()
    return found


def find_gutter(lines: Sequence[Line], width: float) -> float | None:
    """The middle of the empty strip between two columns, or None on a page of one column.

    Both sides must hold lines at the same height that fill most of their column.
    """
    wide = [line for line in lines if line.x1 - line.x0 > 0.15 * width]
    if len(wide) < 6:
        return None
    left, right = min(li.x0 for li in wide), max(li.x1 for li in wide)
    places = range(int(left + 0.3 * (right - left)), int(left + 0.7 * (right - left)) + 1)
    crossing = [sum(li.x0 <= x <= li.x1 for li in wide) for x in places]
    least = min(crossing, default=len(wide))
    if least > 0.3 * len(wide):
        return None
    few = least + 0.04 * len(wide)
    strips: list[list[int]] = []
    for x, count in zip(places, crossing, strict=True):
        if count <= few:
            if strips and strips[-1][-1] == x - 1:
                strips[-1].append(x)
            else:
                strips.append([x])
    strip = max(strips, key=len)
    middle = (strip[0] + strip[-1]) / 2
    sides = ([li for li in wide if li.x1 <= middle], [li for li in wide if li.x0 >= middle])
    if len(strip) < 6 or min(map(len, sides)) < 3 or sum(map(len, sides)) < 0.5 * len(wide):
        return None
    for side, room in zip(sides, (middle - left, right - middle), strict=True):
        if statistics.median(li.x1 - li.x0 for li in side) < 0.6 * room:
            return None
    on_left, on_right = sides
    beside = min(max(li.bottom for li in side) for side in sides) > max(
        min(li.top for li in on_left), min(li.top for li in on_right)
    )
    return middle if beside else None


def _by_rows(lines: Sequence[Line]) -> list[Line]:
    """From top to bottom; what stands on one height from left to right, joined into one line."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda li: li.top):
        if rows and rows[-1][0].top < line.middle < rows[-1][0].bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_joined_row(sorted(row, key=lambda li: li.x0)) for row in rows]


def _joined_row(row: Sequence[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    main = max(row, key=lambda li: len(li.text))
    return replace(
        main,
        text=" ".join(li.text for li in row),
        x0=row[0].x0,
        x1=max(li.x1 for li in row),
        bold=all(li.bold for li in row),
    )
