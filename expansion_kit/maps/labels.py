"""Where badges stand on a printed map, so that none covers another: plain geometry in millimetres."""

import numpy as np

GAP = 0.3  # mm between badges
_TURN = np.pi * (3 - np.sqrt(5))  # the golden angle: points of a spiral that cover the plane evenly
_ROUNDS = 80


def spread(anchors, radii, frame, *, taken=()):
    """
    Centres of badges as near to their anchors as they can stand without touching each other.

    Neighbours first push each other apart; then each takes the free place nearest to where that brought it.

    Parameters
    ----------
    anchors : array, shape (n, 2)
        What the badges point at, in mm.
    radii : array, shape (n,)
        Of the circles around the badges, in mm.
    frame : tuple (left, top, right, bottom)
        Where they may stand, in mm; top is less than bottom.
    taken : array-like, shape (m, 4)
        Boxes (left, top, right, bottom) that they keep off.

    Returns
    -------
    ndarray, shape (n, 2)
        In mm; NaN for a badge that finds no room.

    Examples
    --------
    >>> spread([(5, 5), (5, 5)], [1, 1], (0, 0, 10, 10)).round(2).shape
    (2, 2)
    """
    anchors, radii = np.asarray(anchors, dtype=float).reshape(-1, 2), np.asarray(radii, dtype=float)
    taken = np.asarray(taken, dtype=float).reshape(-1, 4)
    wished = _pushed(anchors, radii, frame)
    placed = np.full_like(anchors, np.nan)
    for i, (wish, radius) in enumerate(zip(wished, radii)):
        placed[i] = _nearest_free(wish, radius, placed[:i], radii[:i], frame, taken)
    return placed


def _pushed(anchors, radii, frame):
    """Badges that overlap, pushed apart in equal parts, some times over and never far at once."""
    centres, n = anchors.copy(), len(anchors)
    reach = radii[:, None] + radii[None, :] + GAP
    aside = np.column_stack([np.cos(_TURN * np.arange(n)), np.sin(_TURN * np.arange(n))])
    away = aside[:, None] - aside[None, :]
    for _ in range(_ROUNDS):
        between = centres[:, None] - centres[None, :]
        distance = np.hypot(between[..., 0], between[..., 1])
        lacking = np.where(np.eye(n, dtype=bool), 0.0, (reach - distance).clip(0))
        if lacking.max(initial=0.0) < 1e-3:
            break
        direction = np.where(distance[..., None] > 1e-6, between / np.maximum(distance, 1e-6)[..., None], away)
        push = (direction * lacking[..., None]).sum(axis=1) * 0.45
        far = np.hypot(*push.T)
        centres = _inside(centres + push * (np.minimum(far, radii / 2) / np.maximum(far, 1e-9))[:, None], radii, frame)
    return _inside(centres, radii, frame)


def _inside(centres, radii, frame):
    left, top, right, bottom = frame
    low = np.column_stack([left + radii, top + radii])
    high = np.column_stack([right - radii, bottom - radii])
    return np.clip(centres, low, np.maximum(low, high))


def _nearest_free(wish, radius, others, their_radii, frame, taken):
    left, top, right, bottom = frame
    farthest = np.hypot(right - left, bottom - top)
    step, first, size = radius / 3, 0, 64
    here = ~np.isnan(others[:, 0])
    others, reach = others[here], their_radii[here] + radius + GAP
    while step * np.sqrt(first) <= farthest:
        k = np.arange(first, first + size)
        spiral = wish + (step * np.sqrt(k))[:, None] * np.column_stack([np.cos(_TURN * k), np.sin(_TURN * k)])
        x, y = spiral.T
        free = (x >= left + radius) & (x <= right - radius) & (y >= top + radius) & (y <= bottom - radius)
        free &= (np.hypot(x[:, None] - others[:, 0], y[:, None] - others[:, 1]) >= reach - 1e-9).all(axis=1)
        free &= ~_on(taken, x, y, radius).any(axis=1)
        if free.any():
            return spiral[np.argmax(free)]
        first, size = first + size, size * 2
    return np.array([np.nan, np.nan])


def _on(boxes, x, y, radius):
    """Whether circles (rows) touch boxes (columns)."""
    across = np.maximum(np.maximum(boxes[:, 0] - x[:, None], x[:, None] - boxes[:, 2]), 0)
    down = np.maximum(np.maximum(boxes[:, 1] - y[:, None], y[:, None] - boxes[:, 3]), 0)
    return np.hypot(across, down) < radius
