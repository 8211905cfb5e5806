// Any number of points: one packed array, one canvas, one grid for the pointer; density where dots would lie.
L.PlacementPoints = L.Layer.extend({
    radius: 4.5,
    reach: L.Browser.mobile ? 18 : 10,
    cell: 8,
    grain: 20,

    initialize: function (data) {
        var n = data.n, steps = Placement.unpack(data.xy, 2 * n), lat = 0, lon = 0;
        this._data = data;
        this._group = Uint8Array.from(Placement.unpack(data.group, n));
        this._hidden = new Uint8Array(data.groups.length);
        this._lat = new Float64Array(n);
        this._lon = new Float64Array(n);
        this._x = new Float64Array(n);
        this._y = new Float64Array(n);
        for (var i = 0; i < n; i++) {
            lat += steps[2 * i];
            lon += steps[2 * i + 1];
            var sine = Math.sin(Math.max(-85.05, Math.min(85.05, lat / 1e5)) * Math.PI / 180);
            this._lat[i] = lat / 1e5;
            this._lon[i] = lon / 1e5;
            this._x[i] = lon / 36e6 + 0.5;
            this._y[i] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
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
        if (!(group < this._hidden.length)) { return; }
        this._hidden[group] = hidden;
        if (hidden && this._popup && this._told.some(function (i) { return this._group[i] === group; }, this)) { this._popup.remove(); }
        this._draw();
    },

    size: function () { return this._data.n; },

    title: function (i) { return Placement.word(this._data.label, i, this._data.n); },

    group: function (i) { return this._group[i]; },

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
        this._origin = map.getPixelOrigin().add(corner);
        this._world = 256 * Math.pow(2, map.getZoom());
        this._size = size;
        this._inView = this._count(this._origin.add(margin), view, 0, function () {});
        this._dense = this._inView > this._data.limit;
        var most = this._dense ? this._shade(pen) : this._dot(pen);
        map.fire("placementdrawn", {dense: this._dense, inView: this._inView, most: most});
    },

    // Calls `each(i, x, y)` for what lies in a window of the plane, `wide` pixels around it as well, and counts it.
    _count: function (origin, size, wide, each) {
        var world = this._world, n = this._data.n, stride = this._stride, hidden = this._hidden, count = 0;
        var left = -wide, top = -wide, right = size.x + wide, bottom = size.y + wide;
        for (var k = 0, i = 0; k < n; k++) {
            var x = this._x[i] * world - origin.x, y = this._y[i] * world - origin.y;
            if (x >= left && y >= top && x < right && y < bottom && !hidden[this._group[i]]) {
                each(i, x, y);
                count++;
            }
            i += stride;
            if (i >= n) { i -= n; }
        }
        return count;
    },

    _dot: function (pen) {
        var seen = this._seen = [], groups = this._data.groups, group = this._group, grid = this._grid = new Map();
        var grain = this.grain, radius = this.radius;
        pen.lineWidth = 1;
        pen.strokeStyle = "#fff";
        this._count(this._origin, this._size, radius, function (i, x, y) {
            var look = groups[group[i]], key = Math.floor(x / grain) * 65536 + Math.floor(y / grain);
            pen.fillStyle = look.colour;
            pen.beginPath();
            Placement.trace(pen, look.shape, x, y, radius);
            pen.fill();
            pen.stroke();
            if (grid.has(key)) { grid.get(key).push(seen.length); } else { grid.set(key, [seen.length]); }
            seen.push(i, x, y);
        });
        return 1;
    },

    // Counts per cell of a grid that is fixed to the ground, so that the shading does not flicker while panning.
    _shade: function (pen) {
        var cell = this.cell, off = this._off = L.point(-this._origin.x % cell, -this._origin.y % cell), most = 1;
        var columns = this._columns = Math.ceil(this._size.x / cell) + 1, rows = Math.ceil(this._size.y / cell) + 1;
        var counts = this._counts = new Uint32Array(columns * rows), grid = L.point(columns * cell, rows * cell);
        this._count(this._origin.add(off), grid, 0, function (i, x, y) {
            var at = Math.floor(y / cell) * columns + Math.floor(x / cell);
            if (++counts[at] > most) { most = counts[at]; }
        });
        var shades = Placement.colours, scale = (shades.length - 1) / Math.max(Math.log(most), 1e-9);
        pen.globalAlpha = 0.88;
        counts.forEach(function (count, at) {
            if (!count) { return; }
            pen.fillStyle = shades[Math.round(Math.log(count) * scale)];
            pen.fillRect(at % columns * cell + off.x, Math.floor(at / columns) * cell + off.y, cell, cell);
        });
        return most;
    },

    _at: function (event) { return event.layerPoint.subtract(this._corner); },

    // The nearest point and all that stand on the same spot; from the keyboard, within two grains.
    _near: function (event) {
        var at = this._at(event), found = [], seen = this._seen, grain = this.grain;
        var reach = event.byKey ? 2 * grain : this.reach, best = reach * reach, wide = Math.ceil(reach / grain);
        var column = Math.floor(at.x / grain), row = Math.floor(at.y / grain);
        for (var dx = -wide; dx <= wide; dx++) {
            for (var dy = -wide; dy <= wide; dy++) {
                (this._grid.get((column + dx) * 65536 + row + dy) || []).forEach(function (t) {
                    var far = Math.pow(seen[t + 1] - at.x, 2) + Math.pow(seen[t + 2] - at.y, 2);
                    if (far <= best) { best = far; found.unshift(t); }
                });
            }
        }
        if (!found.length) { return []; }
        return this._same(seen[found[0] + 1], seen[found[0] + 2]);
    },

    _same: function (x, y) {
        var seen = this._seen, found = [];
        for (var t = 0; t < seen.length; t += 3) {
            if (Math.abs(seen[t + 1] - x) < 2 && Math.abs(seen[t + 2] - y) < 2) { found.push(seen[t]); }
        }
        return found;
    },

    _inCell: function (event) {
        var at = this._at(event).subtract(this._off), cell = this.cell;
        return this._counts[Math.floor(at.y / cell) * this._columns + Math.floor(at.x / cell)] || 0;
    },

    _hover: function (event) {
        if (this._map.placementMeasuring) { return this._leave(); }
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
        if (this._map.placementMeasuring) { return; }
        if (this._dense) {
            if (this._inCell(event)) { this._answer(event); this._map.setView(event.latlng, this._map.getZoom() + 2); }
            return;
        }
        var near = this._near(event);
        if (near.length) { this._answer(event); this._open(near[0], near); }
    },

    // Tells the panel that its Enter at the cross has found something.
    _answer: function (event) {
        if (event.answer) { event.answer.found = true; }
    },

    _open: function (first, all) {
        var data = this._data, box = Placement.element("div");
        all.slice(0, 8).forEach(function (i) {
            var rows = data.rows.map(function (row) { return [row.heading, Placement.word(row, i, data.n)]; });
            box.appendChild(Placement.card(this.title(i), rows));
        }, this);
        if (all.length > 8) { box.appendChild(Placement.element("div", "", Placement.fill(data.texts.more, all.length - 8))); }
        this._leave();
        this._told = all;
        this._popup = L.popup({maxWidth: 280, maxHeight: 260, autoPanPaddingTopLeft: [20, 90]})
            .setLatLng([this._lat[first], this._lon[first]]).setContent(box).openOn(this._map);
    }
});
