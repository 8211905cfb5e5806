import numpy as np
import pytest

pytest.importorskip("numba")

from expansion_kit.market import ping_kernels as kernels


def test_a_table_gives_back_what_was_entered():
    draw = np.random.default_rng(0)
    keys = draw.choice(10**12, 500, replace=False)
    table, numbers = np.full(1024, -1), np.zeros(1024, dtype=np.int32)
    kernels.enter(keys[:300], np.arange(300, dtype=np.int32), table, numbers)
    found = np.empty(502, dtype=np.int32)
    kernels.look_up(np.concatenate([keys, [kernels.DOUBTFUL, kernels.NOWHERE]]), table, numbers, found)
    assert found.tolist() == [*range(300), *[kernels.NEW] * 200, kernels.DOUBTFUL, kernels.NOWHERE]


def test_devices_are_counted_as_sets_count_them():
    draw = np.random.default_rng(0)
    cells, devices = draw.integers(0, 30, 3_000).astype(np.int32), draw.geometric(0.02, 3_000)
    cells[cells == 7] = 8
    counts, rows_left, pings_left = kernels.count_devices(cells, devices, 40, 62)
    each = {cell: devices[cells == cell] for cell in set(cells.tolist())}
    wanted = {(cell, len(of), len(set(of))) for cell, of in each.items() if len(set(of)) >= 62}
    assert 0 < len(wanted) < len(each)
    assert {tuple(row) for row in counts.tolist()} == wanted
    assert rows_left == len(each) - len(wanted) and pings_left == 3_000 - sum(row[1] for row in wanted)


def test_local_hours_follow_the_clocks_forward_and_back():
    starts, ahead = np.array([0, 7_200, 14_400]), np.array([0, 3_600, 0])
    hours = np.empty(6, dtype=np.int64)
    kernels.local_hours(np.array([7_199, 7_200, 14_399, 14_400, 0, -1]), 1, starts, ahead, 10**6, hours)
    assert hours.tolist() == [1, 3, 4, 4, 0, kernels.NOWHERE]


def test_pings_are_laid_out_by_hour_without_the_unusable():
    hours, cells = np.array([5, 4, kernels.NOWHERE, 5, 4]), np.array([0, 1, 2, -3, 4], dtype=np.int32)
    starts, by_cell, by_device = np.zeros(3, dtype=np.int64), np.empty(5, dtype=np.int32), np.empty(5, dtype=np.int64)
    kernels.sort_by_hour(hours, 4, starts, cells, np.arange(10, 15), by_cell, by_device)
    assert starts.tolist() == [0, 2, 3] and by_cell[:3].tolist() == [1, 4, 0] and by_device[:3].tolist() == [11, 14, 10]
