// Quiet outlines under the dots (water, green, buildings, streets, zones), from delta-coded rings; detail by zoom.
L.PlacementOutlines = L.LayerGroup.extend({
    initialize: function (data) {
        L.LayerGroup.prototype.initialize.call(this, []);
        this._data = data;
    },

    onAdd: function (map) {
        if (!map.getPane("placementbase")) {
            map.createPane("placementbase").style.zIndex = 150;
            map.getPane("placementbase").style.pointerEvents = "none";
        }
        var renderer = L.canvas({pane: "placementbase", padding: 0.3});
        this._kinds = this._data.kinds.map(function (kind) {
            return {from: kind.from, layer: this._layer(kind, renderer)};
        }, this);
        map.on("zoomend", this._choose, this);
        this._choose();
    },

    onRemove: function (map) {
        map.off("zoomend", this._choose, this);
        this._kinds.forEach(function (kind) { map.removeLayer(kind.layer); });
    },

    // Kinds are taken off and put on again in order, so that streets always lie over water and buildings.
    _choose: function () {
        var map = this._map, zoom = map.getZoom();
        if (!this._kinds.some(function (kind) { return map.hasLayer(kind.layer) !== (zoom >= kind.from); })) { return; }
        this._kinds.forEach(function (kind) { map.removeLayer(kind.layer); });
        this._kinds.forEach(function (kind) { if (zoom >= kind.from) { map.addLayer(kind.layer); } });
    },

    _layer: function (kind, renderer) {
        var style = L.extend({interactive: false, renderer: renderer, pane: "placementbase", smoothFactor: 1.2}, kind.style);
        var shapes = kind.shapes.map(function (rings) { return rings.map(Placement.path); });
        if (kind.closed) { return L.polygon(shapes, style); }
        var lines = shapes.map(function (rings) { return rings[0]; }), street = L.polyline(lines, style);
        if (!kind.casing) { return street; }
        var casing = L.extend({}, style, {weight: style.weight + 1.6, color: kind.casing});
        return L.layerGroup([L.polyline(lines, casing), street]);
    }
});
