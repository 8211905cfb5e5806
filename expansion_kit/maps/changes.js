// Stores that moved: an arrow from where they were to where they are.
L.ChangeArrows = L.LayerGroup.extend({
    initialize: function (data) {
        L.LayerGroup.prototype.initialize.call(this, []);
        this._data = data;
        this._hidden = {};
    },

    onAdd: function (map) {
        map.on("zoomend", this._draw, this);
        this._draw();
    },

    onRemove: function (map) {
        map.off("zoomend", this._draw, this);
        this.clearLayers();
    },

    size: function () { return 0; },

    hide: function (group, hidden) {
        this._hidden[group] = hidden;
        this._draw();
    },

    _draw: function () {
        this.clearLayers();
        this._data.arrows.forEach(function (arrow) { if (!this._hidden[arrow.group]) { this._arrow(arrow); } }, this);
    },

    _arrow: function (arrow) {
        var map = this._map, style = {color: this._data.groups[arrow.group].colour, weight: 2.5, interactive: false};
        var a = map.latLngToLayerPoint(arrow.from), b = map.latLngToLayerPoint(arrow.to), far = a.distanceTo(b);
        this.addLayer(L.circleMarker(arrow.from, L.extend({radius: 4, fill: true, fillColor: "#fff", fillOpacity: 1}, style)));
        if (far < 8) { return; }
        var way = b.subtract(a).divideBy(far), side = L.point(-way.y, way.x), back = b.subtract(way.multiplyBy(10));
        var head = [back.add(side.multiplyBy(5)), b, back.subtract(side.multiplyBy(5))];
        var line = [a.add(way.multiplyBy(4)), b];
        [line, head].forEach(function (points) {
            this.addLayer(L.polyline(points.map(function (point) { return map.layerPointToLatLng(point); }), style));
        }, this);
    }
});

// Pins with a sign before the number, so that kinds of change are told apart in grey; a drop is an own store.
L.ChangePins = L.PlacementPins.extend({
    _pin: function (pin) {
        this._shape = pin.own ? "circle" : "square";
        return L.PlacementPins.prototype._pin.call(this, pin);
    },

    _drawing: function (look, badge) {
        var svg = L.PlacementPins.prototype._drawing.call(this, L.extend({}, look, {shape: this._shape}), badge);
        svg.querySelector("text").setAttribute("font-size", [12, 12, 12, 9, 7.5, 6][Math.min(badge.length, 5)]);
        return svg;
    }
});

L.ChangePanel = L.PlacementTablePanel.extend({
    addTo: function (map) {
        map.getContainer().classList.add("change-map");
        return L.PlacementTablePanel.prototype.addTo.call(this, map);
    },

    _sign: function (entry) {
        return entry.pin ? L.PlacementPins.prototype._drawing(entry, entry.sign) : L.PlacementTablePanel.prototype._sign.call(this, entry);
    }
});
