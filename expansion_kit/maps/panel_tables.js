// The panel of a map with tables of figures beneath its legend; each opens and folds by itself.
L.PlacementTablePanel = L.PlacementPanel.extend({
    addTo: function (map) {
        map.getContainer().classList.add("placement-wide");
        return L.PlacementPanel.prototype.addTo.call(this, map);
    },

    _sidePanel: function (open) {
        var side = L.PlacementPanel.prototype._sidePanel.call(this, open);
        this._tables = side.querySelector(".placement-body").appendChild(Placement.element("div"));
        this._tabulate(this._data.tables || []);
        return side;
    },

    _tabulate: function (tables) {
        this._tables.replaceChildren.apply(this._tables, tables.map(this._table));
    },

    // The first column is text, the others are figures.
    _table: function (data) {
        var box = Placement.element("details", "placement-figures"), table = Placement.element("table");
        box.open = true;
        box.appendChild(Placement.element("summary", "", data.heading));
        var row = function (cells, tag, last) {
            var line = table.appendChild(Placement.element("tr", last ? "placement-sum" : ""));
            cells.forEach(function (cell) { line.appendChild(Placement.data(tag, "", cell)); });
        };
        row(data.columns, "th");
        data.rows.forEach(function (cells, i) { row(cells, "td", i >= data.rows.length - data.sums); });
        box.appendChild(Placement.element("div", "placement-scroll")).appendChild(table);
        data.notes.forEach(function (note) { box.appendChild(Placement.data("p", "placement-note", note)); });
        return box;
    }
});
