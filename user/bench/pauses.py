# SPDX-License-Identifier: GPL-2.0-only
# How the pause of a full collection grows with the number of objects, from the rows gc/pause-* of pymm bench:
#   pymm bench run -o bench.json 'gc/pause-*' && python3 pauses.py bench.json
# Prints a table for gnuplot, and in its last lines, which are comments there, the straight lines that fit best by
# relative error: what a pause takes in any case, and what for each object. Nothing where there are fewer than three.
import json
import sys


def fit(points):
    w = sum(1 / y**2 for _, y in points)
    wx = sum(x / y**2 for x, y in points)
    wy = sum(1 / y for _, y in points)
    wxx = sum(x * x / y**2 for x, y in points)
    wxy = sum(x / y for x, y in points)
    slope = (w * wxy - wx * wy) / (w * wxx - wx * wx)
    return (wy - slope * wx) / w, slope


def main(path):
    with open(path, encoding="utf-8") as file:
        rows = [row for row in json.load(file) if row["name"].startswith("gc/pause-")]
    rows.sort(key=lambda row: row["turns"])
    sides = [side for side in ("pymm", "cpython") if all(row[side] for row in rows)]
    if len(rows) < 3:
        return
    lines = {}
    for side in sides:
        lines[side] = fit([(row["turns"], row["turns"] * row[side]) for row in rows])
    print("#", rows[0]["unit"], "objects", *sides, *(side + "-fitted" for side in sides))
    for row in rows:
        n = row["turns"]
        values = [n * row[side] for side in sides] + [lines[side][0] + lines[side][1] * n for side in sides]
        print(n, *(f"{value:.0f}" for value in values))
    for side in sides:
        fixed, slope = lines[side]
        off = max(abs((fixed + slope * row["turns"]) / (row["turns"] * row[side]) - 1) for row in rows)
        print(f"# {side}: {fixed:.0f} and {slope:.1f} for each object, at most {100 * off:.0f}% off")
    if len(sides) == 2:
        print(f"# CPython's to pymm's for each object: {lines['cpython'][1] / lines['pymm'][1]:.2f}")


main(*sys.argv[1:])
