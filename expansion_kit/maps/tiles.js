// Tiles in GCJ-02: every tile is put where its corners lie in WGS-84, so that no other layer has to move.
Placement.gcj = {
    // Degrees to add to WGS-84 for GCJ-02, wherever the point lies: [north, east].
    shift: function (lat, lon) {
        var x = lon - 105, y = lat - 35, pi = Math.PI, sin = Math.sin, root = 0.1 * Math.sqrt(Math.abs(x));
        var common = 20 * sin(6 * pi * x) + 20 * sin(2 * pi * x);
        var north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 2 * root;
        north += (common + 20 * sin(pi * y) + 40 * sin(pi / 3 * y)) * 2 / 3;
        north += (160 * sin(pi / 12 * y) + 320 * sin(pi / 30 * y)) * 2 / 3;
        var east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + root;
        east += (common + 20 * sin(pi * x) + 40 * sin(pi / 3 * x)) * 2 / 3;
        east += (150 * sin(pi / 12 * x) + 300 * sin(pi / 30 * x)) * 2 / 3;
        var radians = pi / 180, a = 6378245, ee = 0.00669342162296594323;
        var magic = 1 - ee * Math.pow(sin(lat * radians), 2);
        return [north / (a * (1 - ee) / Math.pow(magic, 1.5) * radians),
            east / (a * Math.cos(lat * radians) / Math.sqrt(magic) * radians)];
    },

    add: function (place) {
        var by = Placement.gcj.shift(place.lat, place.lng);
        return L.latLng(place.lat + by[0], place.lng + by[1]);
    },

    undo: function (place) {
        var lat = place.lat, lon = place.lng;
        for (var round = 0; round < 8; round++) {
            var by = Placement.gcj.shift(lat, lon);
            lat = place.lat - by[0];
            lon = place.lng - by[1];
        }
        return L.latLng(lat, lon);
    },

    // Whether a point lies inside the first ring and in none of the others: [lon, lat, lon, lat ...] each.
    inside: function (place, rings) {
        return rings.some(function (ring) {
            var odd = false, x = place.lng, y = place.lat;
            for (var i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
                if (ring[i + 1] > y !== ring[j + 1] > y &&
                    x < (ring[j] - ring[i]) * (y - ring[i + 1]) / (ring[j + 1] - ring[i + 1]) + ring[i]) { odd = !odd; }
            }
            return odd;
        }) && !rings.slice(1).some(function (ring) { return Placement.gcj.inside(place, [ring]); });
    }
};

Placement.ShiftedTiles = {
    _getTiledPixelBounds: function (centre) {
        var moved = Placement.gcj.inside(centre, this.options.mainland) ? Placement.gcj.add(centre) : centre;
        var bounds = L.GridLayer.prototype._getTiledPixelBounds.call(this, moved);
        return L.bounds(bounds.min.subtract([4, 4]), bounds.max.add([4, 4]));
    },

    // Where a corner of a tile lies, if the tile's middle is one that is shifted.
    _corner: function (coords, right, down) {
        var size = this.getTileSize(), map = this._map, zoom = coords.z;
        var middle = map.unproject(L.point(coords.x + 0.5, coords.y + 0.5).scaleBy(size), zoom);
        var corner = L.point(coords.x + right, coords.y + down).scaleBy(size);
        if (Placement.gcj.inside(Placement.gcj.undo(middle), this.options.mainland)) {
            corner = map.project(Placement.gcj.undo(map.unproject(corner, zoom)), zoom);
        }
        return corner.subtract(this._level.origin).round();
    },

    _getTilePos: function (coords) { return this._corner(coords, 0, 0); },

    // A tile reaches to where its neighbours begin, so that there are no seams.
    _addTile: function (coords, container) {
        L.GridLayer.prototype._addTile.call(this, coords, container);
        var tile = this._tiles[this._tileCoordsToKey(coords)].el, corner = this._corner(coords, 1, 1);
        var size = corner.subtract(this._corner(coords, 0, 0));
        tile.style.width = Math.max(size.x, this._corner(coords, 1, 0).x - this._corner(coords, 0, 0).x) + "px";
        tile.style.height = Math.max(size.y, this._corner(coords, 0, 1).y - this._corner(coords, 0, 0).y) + "px";
    }
};

L.PlacementTiles = L.LayerGroup.extend({
    initialize: function (data) {
        L.LayerGroup.prototype.initialize.call(this, []);
        data.sources.forEach(function (source) {
            var layer = new L.TileLayer(source.url, {subdomains: source.subdomains, maxNativeZoom: source.max_zoom, maxZoom: 19,
                mainland: data.mainland, opacity: 0.85, attribution: ""});
            if (source.datum === "gcj02") { L.extend(layer, Placement.ShiftedTiles); }
            this.addLayer(layer);
        }, this);
    }
});
