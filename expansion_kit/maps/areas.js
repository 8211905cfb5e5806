// Rings and walk-time areas: lines under the dots, each class with a dash of its own, labels where there is room.
L.PlacementAreas = L.Layer.extend({
    initialize: function (data) {
        this._classes = data.classes.map(function (given) {
            return {group: given.group, hidden: false, label: given.label, dash: given.dash, tops: given.tops,
                shapes: given.shapes.map(function (rings) { return rings.map(Placement.path); })};
        });
    },

    onAdd: function (map) {
        this._pane(map, "placementareas", 350);
        this._pane(map, "placementlabels", 450);
        var renderer = L.canvas({pane: "placementareas", padding: 0.3});
        this._classes.forEach(function (drawn) {
            var options = {renderer: renderer, pane: "placementareas", interactive: false, fill: false};
            drawn.layer = L.layerGroup([{color: "#fff", weight: 4, opacity: 0.75}, {color: Placement.ink, weight: 1.8, dashArray: drawn.dash}]
                .map(function (look) { return L.polygon(drawn.shapes, L.extend(look, options)); }));
            drawn.markers = drawn.tops.map(function (top) { return this._sign(drawn.label, top); }, this);
            drawn.markers.forEach(function (marker) { drawn.layer.addLayer(marker); });
            map.addLayer(drawn.layer);
        }, this);
        map.on("zoomend", this._settle, this);
        this._settle();
    },

    _pane: function (map, name, height) {
        var pane = map.getPane(name) || map.createPane(name);
        pane.style.zIndex = height;
        pane.style.pointerEvents = "none";
    },

    onRemove: function (map) {
        map.off("zoomend", this._settle, this);
        this._classes.forEach(function (drawn) { map.removeLayer(drawn.layer); });
    },

    _sign: function (label, top) {
        var icon = L.divIcon({className: "placement-ring", html: Placement.data("span", "", label), iconSize: [0, 0]});
        return L.marker(top.slice(0, 2), {icon: icon, pane: "placementlabels", interactive: false, keyboard: false});
    },

    // A label that would lie on one of a wider class, or on a pin in the middle, stays away until there is room.
    _settle: function () {
        var map = this._map, taken = [];
        this._classes.slice().reverse().forEach(function (drawn) {
            if (drawn.hidden) { return; }
            drawn.markers.forEach(function (marker, i) {
                var foot = map.latLngToLayerPoint([drawn.tops[i][2], drawn.tops[i][1]]);
                var at = map.latLngToLayerPoint(marker.getLatLng()), span = marker.getElement().firstChild;
                var wide = (span.offsetWidth || 50) + 6;
                var free = foot.y - at.y > 80 && !taken.some(function (other) {
                    return Math.abs(other.x - at.x) < (other.wide + wide) / 2 && Math.abs(other.y - at.y) < 20;
                });
                if (free) { taken.push({x: at.x, y: at.y, wide: wide}); }
                span.style.visibility = free ? "" : "hidden";
            });
        });
    },

    hide: function (group, hidden) {
        this._classes.forEach(function (drawn) {
            if (drawn.group !== group) { return; }
            drawn.hidden = hidden;
            hidden ? this._map.removeLayer(drawn.layer) : this._map.addLayer(drawn.layer);
        }, this);
        this._settle();
    },

    size: function () { return 0; }
});
