// The floors of a mall in metres: units with labels that stay inside them, doors and escalators as symbols.
L.MallFloor = L.LayerGroup.extend({
    line: 14, // px that a line of a label is high
    font: "11.5px",

    initialize: function (data) {
        L.LayerGroup.prototype.initialize.call(this, []);
        this._data = data;
        this._hidden = {};
        this._pen = document.createElement("canvas").getContext("2d");
        this.floor = 0;
        this.view = "now";
    },

    onAdd: function (map) {
        this._patterns(map);
        this._renderer = L.svg({padding: 0.5});
        this._draw();
        map.on("zoomend", this._label, this);
    },

    onRemove: function (map) {
        map.off("zoomend", this._label, this);
        this.clearLayers();
    },

    choose: function (floor, view) {
        this.floor = floor;
        this.view = view;
        this._map.closePopup();
        this._draw();
    },

    size: function () { return this._data.units.length; },

    title: function (i) { return this._data.units[i].title; },

    group: function (i) { return this._data.units[i][this.view].group; },

    hide: function (group, hidden) {
        this._hidden[group] = hidden;
        this._draw();
    },

    show: function (i) {
        var unit = this._data.units[i], room = unit.room;
        this.fire("floorwanted", {floor: unit.floor});
        if (!room) { return; } // without an outline it stands in the list only
        this._map.fitBounds([[room[1], room[0]], [room[3], room[2]]], {maxZoom: this._data.close, animate: false, padding: [140, 140]});
        this._shapes[i].openPopup();
    },

    // The hatching of vacant units; a fill may name it because it stands in the same document.
    _patterns: function (map) {
        if (document.getElementById("mall-hatch")) { return; }
        var svg = map.getContainer().appendChild(Placement.svg("svg", {width: 0, height: 0, "aria-hidden": "true"}));
        var pattern = svg.appendChild(Placement.svg("pattern", {id: "mall-hatch", width: 9, height: 9, patternUnits: "userSpaceOnUse",
            patternTransform: "rotate(45)"}));
        pattern.appendChild(Placement.svg("rect", {width: 9, height: 9, fill: "#fff"}));
        pattern.appendChild(Placement.svg("line", {x1: 0, y1: 0, x2: 0, y2: 9, stroke: "#a9a39a", "stroke-width": 2}));
    },

    _draw: function () {
        var data = this._data, floor = data.floors[this.floor];
        this.clearLayers();
        this._shapes = {};
        this._labels = [];
        this._own = [];
        if (!floor) { return; }
        if (floor.image) { this.addLayer(L.imageOverlay(floor.image.url, floor.image.bounds, {alt: floor.label})); }
        floor.ways.forEach(function (way) {
            way.rings.forEach(function (rings) { this._polygon(rings, {fillColor: "#f7f5f1", color: "#d8d4cc", weight: 1, interactive: false}); }, this);
        }, this);
        data.units.forEach(function (unit, i) { if (unit.floor === this.floor) { this._unit(unit, i); } }, this);
        this._own.forEach(function (shape) { shape.bringToFront(); });
        floor.symbols.forEach(function (symbol) { this.addLayer(this._symbol(symbol)); }, this);
        this._label();
    },

    _polygon: function (rings, style) {
        var opacity = this._data.floors[this.floor].image ? 0.62 : 1;
        var shape = L.polygon(rings, L.extend({renderer: this._renderer, fillOpacity: opacity, smoothFactor: 0}, style));
        this.addLayer(shape);
        return shape;
    },

    _unit: function (unit, i) {
        var shown = unit[this.view], look = this._data.groups[shown.group], off = this._hidden[shown.group];
        var style = {color: "#4a4a4a", weight: 1, fillColor: look.vacant ? "url(#mall-hatch)" : look.colour};
        if (look.vacant) { style.dashArray = "5 3"; }
        if (shown.own) { L.extend(style, {color: this._data.own, weight: 4, dashArray: null}); }
        if (off) { style = {color: "#bbb", weight: 1, fillColor: "#fff"}; }
        var shape = this._polygon(unit.rings, style);
        shape.bindTooltip(function () { return Placement.data("div", "", unit.title); }, {sticky: true, direction: "top"});
        shape.bindPopup(function () { return Placement.card(unit.title, shown.rows); }, {maxWidth: 280, autoPanPaddingTopLeft: [20, 110]});
        shape.off("click", shape._openPopup).on("click", function (event) {
            if (this._map.placementMeasuring) { return; }
            L.DomEvent.stop(event);
            shape.openPopup(event.latlng);
        }, this);
        this._shapes[i] = shape;
        if (shown.own && !off) { this._own.push(shape); }
        if (off || !unit.room) { return; }
        var room = unit.room, marker = L.marker([(room[1] + room[3]) / 2, (room[0] + room[2]) / 2], {
            icon: L.divIcon({className: "mall-label" + (shown.own ? " mall-own" : "") + (look.vacant ? " mall-vacant" : ""), iconSize: null})
        });
        marker.on("add", function () { marker.getElement().setAttribute("aria-label", unit.title); });
        marker.on("keypress", function (event) { if (event.originalEvent.key === "Enter") { shape.openPopup(); } });
        this.addLayer(marker);
        this._labels.push({marker: marker, unit: unit, shown: shown, look: look});
    },

    // The fullest label whose measured box lies inside the room of the unit; none where not even the number does.
    _label: function () {
        var map = this._map, family = getComputedStyle(map.getContainer()).fontFamily;
        this._pen.font = "600 " + this.font + " " + family;
        this._labels.forEach(function (label) {
            var room = label.unit.room, a = map.latLngToLayerPoint([room[3], room[0]]), b = map.latLngToLayerPoint([room[1], room[2]]);
            var edge = label.shown.own ? 10 : 5, sign = label.look.sign ? 12 : 0, self = this, tried = label.shown.labels;
            var fits = function (lines) { return self._fits(lines, b.x - a.x - edge, b.y - a.y - edge - sign); };
            var lines = tried.find(fits);
            if (!lines) { // the number alone, without the sign of its category
                sign = 0;
                lines = tried.slice(-1).find(fits);
            }
            var box = label.marker.getElement();
            box.replaceChildren();
            if (!lines) { return; }
            if (sign) { box.appendChild(Placement.sign(label.look.sign)); }
            lines.forEach(function (line, i) { box.appendChild(Placement.data("div", i === 1 ? "mall-brand" : "", line)); });
        }, this);
    },

    _fits: function (lines, wide, high) {
        var pen = this._pen;
        return lines.length * this.line <= high && lines.every(function (line) { return pen.measureText(line).width <= wide; });
    },

    _symbol: function (symbol) {
        var svg = Placement.symbol(symbol.strokes), icon = L.divIcon({className: "mall-symbol", html: svg, iconSize: [20, 20], iconAnchor: [10, 10]});
        var marker = L.marker([symbol.at[1], symbol.at[0]], {icon: icon, keyboard: false});
        marker.bindTooltip(function () { return Placement.data("div", "", symbol.label); }, {direction: "top"});
        return marker;
    }
});

Placement.symbol = function (strokes) {
    var svg = Placement.svg("svg", {width: 20, height: 20, viewBox: "0 0 20 20", "aria-hidden": "true"});
    svg.appendChild(Placement.svg("rect", {x: 0.5, y: 0.5, width: 19, height: 19, rx: 3, fill: "#3f4a54", stroke: "#fff"}));
    strokes.forEach(function (points) {
        var path = points.map(function (p) { return (3 + 14 * p[0]) + "," + (3 + 14 * p[1]); }).join(" ");
        svg.appendChild(Placement.svg("polyline", {points: path, fill: "none", stroke: "#fff", "stroke-width": 1.7, "stroke-linejoin": "round"}));
    });
    return svg;
};

// The sign of a category: filled or hollow.
Placement.sign = function (name) {
    var forms = {ring: "circle", frame: "square", tent: "triangle", rhomb: "diamond"}, hollow = name in forms, form = forms[name] || name;
    var svg = Placement.svg("svg", {width: 10, height: 10, viewBox: "0 0 10 10", "class": "mall-sign", "aria-hidden": "true"});
    var look = {fill: hollow ? "none" : "#222", stroke: "#222", "stroke-width": 1.4};
    var points = {square: "1.5,1.5 8.5,1.5 8.5,8.5 1.5,8.5", triangle: "5,1 9.2,8.6 0.8,8.6", diamond: "5,0.6 9.4,5 5,9.4 0.6,5"}[form];
    svg.appendChild(points ? Placement.svg("polygon", L.extend({points: points}, look)) : Placement.svg("circle", L.extend({cx: 5, cy: 5, r: 3.8}, look)));
    return svg;
};

// The panel of a mall: which floor, now or as planned; legend and figures are of what is shown.
L.MallPanel = L.PlacementTablePanel.extend({
    addTo: function (map) {
        map.getContainer().classList.add("mall-map");
        Placement.metres = map.distance.bind(map); // the plan is flat and in metres
        L.PlacementTablePanel.prototype.addTo.call(this, map);
        this._layers[0].on("floorwanted", function (event) { this._turn(event.floor, this._layers[0].view); }, this);
        this._turn(0, "now");
        return this;
    },

    _header: function () {
        var head = L.PlacementPanel.prototype._header.call(this), bar = head.appendChild(Placement.element("div", "mall-switches"));
        var layer = this._layers[0], self = this;
        this._floors = this._switch(bar, this._data.floors, this._data.texts.floors, function (i) { self._turn(i, layer.view); });
        this._views = this._switch(bar, this._data.views, this._data.texts.views, function (i) { self._turn(layer.floor, i ? "plan" : "now"); });
        return head;
    },

    _switch: function (bar, labels, name, choose) {
        var group = bar.appendChild(Placement.element("div", "mall-switch"));
        group.setAttribute("role", "group");
        group.setAttribute("aria-label", name);
        group.hidden = labels.length < 2;
        return labels.map(function (label, i) {
            var button = group.appendChild(Placement.data("button", "", label));
            button.type = "button";
            button.onclick = function () { choose(i); };
            return button;
        });
    },

    _turn: function (floor, view) {
        var press = function (chosen) { return function (button, i) { button.setAttribute("aria-pressed", i === chosen); }; };
        if (!this._data.pages.length) { return; }
        this._floors.forEach(press(floor));
        this._views.forEach(press(view === "plan" ? 1 : 0));
        this._layers[0].choose(floor, view);
        var shown = this._data.pages[floor][view], counts = this._side.querySelectorAll(".placement-legend .placement-count");
        shown.counts.forEach(function (n, i) {
            counts[i].textContent = n.toLocaleString("en-US");
            counts[i].closest("li").hidden = !n && !this._data.pages[floor].either[i];
        }, this);
        this._ownCount.textContent = shown.own.toLocaleString("en-US");
        this._keys.querySelectorAll("[data-kind]").forEach(function (key) {
            key.hidden = this._data.pages[floor].kinds.indexOf(key.getAttribute("data-kind")) < 0;
        }, this);
        this._tabulate([shown.figures, shown.index]);
        this._goHome(shown.index);
    },

    // Each line of the list of units leads to its unit.
    _goHome: function (index) {
        var lines = Array.from(this._tables.querySelectorAll("details:last-child tr")).slice(1), layer = this._layers[0];
        lines.forEach(function (line, i) {
            var cell = line.children[1], button = Placement.element("button", "mall-find");
            button.type = "button";
            button.append.apply(button, Array.from(cell.childNodes));
            button.onclick = function (event) { event.stopPropagation(); layer.show(index.at[i]); };
            cell.appendChild(button);
        });
    },

    _sidePanel: function (open) {
        var side = L.PlacementTablePanel.prototype._sidePanel.call(this, open), keys = this._keys = Placement.element("ul", "placement-legend mall-keys");
        var own = keys.appendChild(Placement.element("li"));
        own.appendChild(Placement.element("i", "mall-swatch")).style.border = "3px solid " + this._data.own;
        own.appendChild(Placement.data("span", "placement-name", this._data.texts.own));
        this._ownCount = own.appendChild(Placement.element("span", "placement-count"));
        this._data.symbols.forEach(function (symbol) {
            var key = keys.appendChild(Placement.element("li"));
            key.setAttribute("data-kind", symbol.kind);
            key.appendChild(Placement.symbol(symbol.strokes));
            key.appendChild(Placement.element("span", "placement-name", symbol.label));
        });
        side.querySelector(".placement-legend").after(keys);
        return side;
    },

    _sign: function (entry) {
        var swatch = Placement.element("i", "mall-swatch");
        swatch.style.background = entry.vacant ? "repeating-linear-gradient(45deg, #fff 0 3px, #a9a39a 3px 5px)" : entry.colour;
        if (entry.sign) { swatch.appendChild(Placement.sign(entry.sign)); }
        return swatch;
    }
});
