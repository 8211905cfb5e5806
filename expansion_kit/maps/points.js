// Any number of points: one delta-coded array, one canvas, one grid for the pointer; density where dots would lie.
L.PlacementPoints = L.Layer.extend({
    radius: 4.5,
    reach: 10,
    cell: 8,

    initialize: function (data) {
        this._data = data;
        this._hidden = data.groups.map(function () { return false; });
        var n = data.n, lat = 0, lon = 0;
        this._lat = new Float64Array(n);
        this._lon = new Float64Array(n);
        this._x = new Float64Array(n);
        this._y = new Float64Array(n);
        for (var i = 0; i < n; i++) {
            lat += data.xy[2 * i];
            lon += data.xy[2 * i + 1];
            var angle = Math.max(-85.05, Math.min(85.05, lat / 1e5)) * Math.PI / 180;
            this._lat[i] = lat / 1e5;
            this._lon[i] = lon / 1e5;
            this._x[i] = lon / 36e6 + 0.5;
            this._y[i] = 0.5 - Math.log(Math.tan(Math.PI / 4 + angle / 2)) / (2 * Math.PI);
        }
        this._stride = this._interleaving(n);
    },

    // A step without a common factor with n, near the golden section: neighbours in the table are drawn far apart in
    // time, so that no brand covers the others by being last.
    _interleaving: function (n) {
        var common = function (a, b) { return b ? common(b, a % b) : a; };
        var step = Math.max(1, Math.round(n * 0.618));
        while (common(step, n) > 1) { step++; }
        return step;
    },

    onAdd: function (map) {
        this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide", map.getPane("overlayPane"));
        this._canvas.style.position = "absolute";
        this._tip = L.tooltip({direction: "top", offset: [0, -6]});
        map.on(this._events(), this);
        this._draw();
    },

    onRemove: function (map) {
        this._canvas.remove();
        map.off(this._events(), this);
        map.closeTooltip(this._tip);
    },

    _events: function () {
        return {moveend: this._draw, resize: this._draw, viewreset: this._draw, mousemove: this._hover,
            mouseout: this._leave, click: this._click};
    },

    hide: function (group, hidden) {
        this._hidden[group] = hidden;
        this._draw();
    },

    size: function () { return this._data.n; },

    title: function (i) { return Placement.word(this._data.label, i); },

    group: function (i) { return this._data.group[i]; },

    show: function (i) {
        var place = L.latLng(this._lat[i], this._lon[i]);
        this._map.setView(place, Math.max(this._map.getZoom(), 16), {animate: false});
        this._open(i, [i]);
    },

    _draw: function () {
        var map = this._map, view = map.getSize(), margin = view.multiplyBy(0.2)._round();
        var size = view.add(margin.multiplyBy(2)), corner = map.containerPointToLayerPoint(margin.multiplyBy(-1));
        var sharp = window.devicePixelRatio || 1, canvas = this._canvas;
        L.DomUtil.setPosition(canvas, corner);
        canvas.width = size.x * sharp;
        canvas.height = size.y * sharp;
        canvas.style.width = size.x + "px";
        canvas.style.height = size.y + "px";
        var pen = canvas.getContext("2d");
        pen.scale(sharp, sharp);
        this._corner = corner;
        this._see(map.getPixelOrigin().add(corner), view, margin, size);
        this._dense = this._inView > this._data.limit;
        var most = this._dense ? this._shade(pen, map.getPixelOrigin().add(corner), size) : this._dot(pen);
        map.fire("placementdrawn", {dense: this._dense, inView: this._inView, most: most});
    },

    // Which points stand on the canvas, where, and how many of them in the window itself.
    _see: function (origin, view, margin, size) {
        var world = 256 * Math.pow(2, this._map.getZoom()), n = this._data.n, r = this.radius, seen = [], count = 0;
        for (var k = 0, i = 0; k < n; k++, i = (i + this._stride) % n) {
            if (this._hidden[this._data.group[i]]) { continue; }
            var x = this._x[i] * world - origin.x, y = this._y[i] * world - origin.y;
            if (x < -r || y < -r || x > size.x + r || y > size.y + r) { continue; }
            seen.push(i, x, y);
            if (x >= margin.x && y >= margin.y && x < margin.x + view.x && y < margin.y + view.y) { count++; }
        }
        this._seen = seen;
        this._inView = count;
    },

    _dot: function (pen) {
        var seen = this._seen, groups = this._data.groups, grid = this._grid = new Map();
        pen.lineWidth = 1;
        pen.strokeStyle = "#fff";
        for (var t = 0; t < seen.length; t += 3) {
            var look = groups[this._data.group[seen[t]]], key = this._key(seen[t + 1], seen[t + 2], 16);
            pen.fillStyle = look.colour;
            pen.beginPath();
            Placement.trace(pen, look.shape, seen[t + 1], seen[t + 2], this.radius);
            pen.fill();
            pen.stroke();
            if (grid.has(key)) { grid.get(key).push(t); } else { grid.set(key, [t]); }
        }
        return 1;
    },

    _key: function (x, y, cell) { return Math.floor(x / cell) * 65536 + Math.floor(y / cell); },

    // Counts per cell of a grid that is fixed to the ground, so that the shading does not flicker while panning.
    _shade: function (pen, origin, size) {
        var seen = this._seen, cell = this.cell, counts = this._counts = new Map(), most = 1;
        for (var t = 0; t < seen.length; t += 3) {
            var key = this._key(seen[t + 1] + origin.x, seen[t + 2] + origin.y, cell), count = (counts.get(key) || 0) + 1;
            counts.set(key, count);
            if (count > most) { most = count; }
        }
        var shades = Placement.colours, scale = (shades.length - 1) / Math.max(Math.log(most), 1e-9);
        pen.globalAlpha = 0.88;
        counts.forEach(function (count, key) {
            pen.fillStyle = shades[Math.round(Math.log(count) * scale)];
            pen.fillRect(Math.floor(key / 65536) * cell - origin.x, (key % 65536) * cell - origin.y, cell, cell);
        });
        return most;
    },

    _at: function (event) { return event.layerPoint.subtract(this._corner); },

    // Places in `seen` of the nearest point and of all that stand on the same spot.
    _near: function (event) {
        var at = this._at(event), found = [], best = this.reach * this.reach, seen = this._seen;
        for (var dx = -1; dx < 2; dx++) {
            for (var dy = -1; dy < 2; dy++) {
                (this._grid.get(this._key(at.x + 16 * dx, at.y + 16 * dy, 16)) || []).forEach(function (t) {
                    var far = Math.pow(seen[t + 1] - at.x, 2) + Math.pow(seen[t + 2] - at.y, 2);
                    if (far <= best) { best = far; found.unshift(t); }
                });
            }
        }
        if (!found.length) { return []; }
        var x = seen[found[0] + 1], y = seen[found[0] + 2];
        var same = function (t) { return Math.abs(seen[t + 1] - x) < 2 && Math.abs(seen[t + 2] - y) < 2; };
        return found.filter(same).map(function (t) { return seen[t]; });
    },

    _inCell: function (event) {
        var at = this._at(event).add(this._map.getPixelOrigin()).add(this._corner);
        return this._counts.get(this._key(at.x, at.y, this.cell)) || 0;
    },

    _hover: function (event) {
        var texts = this._data.texts, content = null, place = event.latlng;
        if (this._dense) {
            var count = this._inCell(event);
            if (count) { content = Placement.element("div", "", Placement.fill(texts.cell, count)); }
        } else {
            var near = this._near(event);
            if (near.length) {
                content = Placement.data("div", "", this.title(near[0]));
                if (near.length > 1) { content.appendChild(Placement.element("div", "", Placement.fill(texts.here, near.length))); }
                place = [this._lat[near[0]], this._lon[near[0]]];
            }
        }
        this._map.getContainer().style.cursor = content ? "pointer" : "";
        if (content) { this._map.openTooltip(this._tip.setContent(content).setLatLng(place)); } else { this._leave(); }
    },

    _leave: function () { this._map.closeTooltip(this._tip); },

    _click: function (event) {
        if (this._dense) {
            if (this._inCell(event)) { this._map.setView(event.latlng, this._map.getZoom() + 2); }
            return;
        }
        var near = this._near(event);
        if (near.length) { this._open(near[0], near); }
    },

    _open: function (first, all) {
        var data = this._data, box = Placement.element("div");
        all.slice(0, 8).forEach(function (i) {
            var rows = data.rows.map(function (row) { return [row.heading, Placement.word(row, i)]; });
            box.appendChild(Placement.card(this.title(i), rows));
        }, this);
        if (all.length > 8) { box.appendChild(Placement.element("div", "", Placement.fill(data.texts.more, all.length - 8))); }
        this._leave();
        L.popup({maxWidth: 280, maxHeight: 260, autoPanPaddingTopLeft: [20, 90]})
            .setLatLng([this._lat[first], this._lon[first]]).setContent(box).openOn(this._map);
    }
});
