"""The places of lines on a photo, taken at an angle, to those on a flat page: what stood in one row has one height again.

Rows of a page seen at an angle are straight lines that meet far away, so their slope changes evenly from top to bottom. It is
taken from the lines' own slopes first; then, among slopes close to those, the one is taken at which most lines stand in rows.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_LONG = 3.0  # Width to height of a line whose slope can be told.
_MOST_LINES = 200  # The longest ones are compared, each with each.
_REACH, _STEPS = 0.05, 21  # Slopes that are tried on either side of what the lines' own say.
_SAME_ROW = 0.2  # Of a line's height: how close lines of one row stand.
_STRAIGHT = 0.002  # A slope that moves nothing to another row.


def straightened(corners: "Floats") -> "Floats":
    """`(n, 4, 2)` corners of lines, from the upper left clockwise, to `(n, 4)` boxes (x0, y0, x1, y1) on the flat page."""
    import numpy as np

    left, right = (corners[:, 0] + corners[:, 3]) / 2, (corners[:, 1] + corners[:, 2]) / 2
    height = (np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1) + np.linalg.norm(corners[:, 2] - corners[:, 1], axis=1)) / 2
    centre = (left + right).mean(0) / 2
    size = max(1.0, float(np.ptp(corners[:, :, 1])))
    slope, change = _slopes(left, right, height, centre[1], size)
    middle = _flat((left + right) / 2, slope, change, centre, size)
    return np.stack([left[:, 0], middle - height / 2, right[:, 0], middle + height / 2], axis=1)


def _slopes(left: "Floats", right: "Floats", height: "Floats", centre: float, size: float) -> tuple[float, float]:
    """The slope of a row at the page's centre, and by how much it grows over the page's height."""
    import numpy as np

    width = right[:, 0] - left[:, 0]
    known = width > _LONG * height
    if not known.any():
        return 0.0, 0.0
    own = (right[known, 1] - left[known, 1]) / width[known]
    at = ((left[known, 1] + right[known, 1]) / 2 - centre) / size
    weights = width[known] * (np.abs(own - np.median(own)) < _REACH)
    ridge = np.diag([1e-9, 0.01 * weights.sum() + 1e-9])  # Few lines do not tell how the slope changes.
    design = np.stack([np.ones_like(at), at], axis=1)
    slope, change = np.linalg.solve(design.T @ (weights[:, None] * design) + ridge, design.T @ (weights * own))
    if abs(slope) + abs(change) < _STRAIGHT:
        return 0.0, 0.0
    kept = np.argsort(-width)[:_MOST_LINES]
    middle, half = ((left + right) / 2)[kept], width[kept] / 2
    beside = np.abs(middle[:, None, 0] - middle[None, :, 0]) > half[:, None] + half[None, :]
    near = _SAME_ROW * np.minimum(height[kept][:, None], height[kept][None, :])
    origin = np.array([middle[:, 0].mean(), centre])
    offsets = np.linspace(-_REACH, _REACH, _STEPS)
    best, found = -1.0, (float(slope), float(change))
    for a in slope + offsets:
        for b in change + offsets:
            y = _flat(middle, a, b, origin, size)
            rows = float((beside * np.exp(-(((y[:, None] - y[None, :]) / near) ** 2))).sum())
            score = rows - len(kept) * (((a - slope) / _REACH) ** 2 + ((b - change) / _REACH) ** 2) / 10
            if score > best:
                best, found = score, (float(a), float(b))
    return found


def _flat(points: "Floats", slope: float, change: float, origin: "Floats", size: float) -> "Floats":
    """The height at which the rows through the points `(n, 2)` cross the upright line through `origin`."""
    across = points[:, 0] - origin[0]
    flat: Floats = origin[1] + (points[:, 1] - origin[1] - slope * across) / (1 + change * across / size)
    return flat
