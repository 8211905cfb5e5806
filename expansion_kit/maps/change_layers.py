"""
The folium layers of a change map.

folium is imported with this module; import it late.
"""

from expansion_kit.maps import layers

SCRIPTS = (*layers.TablePanel.scripts, "changes.js")


class ChangePins(layers.Scripted):
    """
    Changed stores as pins with sign and number: drops for own stores, boards for the others.

    Parameters
    ----------
    placements, legend, rows : DataFrame
        From `change_placements`, `change_legend` and `change_details`; only changed stores with coordinates.
    """

    kind = "ChangePins"
    scripts = SCRIPTS

    def __init__(self, placements, legend, rows):
        table = placements[["badge", "label", "lat", "lon", "own"]].rename(columns={"badge": "number"})
        pairs = [[list(pair) for pair in zip(rows.columns, row)] for row in rows.itertuples(index=False)]
        table = table.assign(group=legend.index.get_indexer(placements["group"]), rows=pairs)
        pins = table.round({"lat": 6, "lon": 6}).to_dict("records")
        super().__init__({"pins": pins, "groups": layers.looks(legend)}, show=False)


class ChangeArrows(layers.Scripted):
    """
    Arrows from where stores were to where they are.

    Parameters
    ----------
    placements, legend : DataFrame
        As for `ChangePins`; only stores that moved.
    """

    kind = "ChangeArrows"
    scripts = SCRIPTS

    def __init__(self, placements, legend):
        moved = placements[placements["lon_before"].notna() & placements["lat_before"].notna()]
        ends = zip(*(moved[c].round(6) for c in ("lat_before", "lon_before", "lat", "lon")))
        groups = legend.index.get_indexer(moved["group"])
        arrows = [{"group": int(g), "from": [a, b], "to": [c, d]} for g, (a, b, c, d) in zip(groups, ends)]
        super().__init__({"arrows": arrows, "groups": layers.looks(legend)}, show=False)


class ChangePanel(layers.TablePanel):
    """The panel of a change map, with the balance of the brands."""

    kind = "ChangePanel"
    scripts = SCRIPTS
