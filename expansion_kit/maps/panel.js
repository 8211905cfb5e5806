// Title, search, legend that switches layers, full screen, scale and source line.
L.PlacementPanel = L.Class.extend({
    initialize: function (data, layers) {
        this._data = data;
        this._layers = layers;
    },

    addTo: function (map) {
        this._map = map;
        this._box = map.getContainer();
        this._box.classList.add("placement-map");
        this._box.setAttribute("role", "region");
        this._box.setAttribute("aria-label", this._data.title + ". " + this._data.texts.keys);
        this._box.appendChild(Placement.element("div", "placement-cross")).setAttribute("aria-hidden", "true");
        L.DomEvent.on(this._box, "keydown", this._press, this);
        var narrow = this._narrow();
        this._foot = this._put("div", "placement-foot");
        this._footTexts();
        this._side = this._sidePanel(!narrow);
        this._head = this._header();
        this._buttons();
        L.control.scale({imperial: false, position: "bottomleft"}).addTo(map);
        this._fit();
        map.on("resize", this._fit, this);
        map.on("placementdrawn", this._say, this);
        map.on("moveend", function () { this._say(); }, this);
        this._look(narrow);
        this._layers.forEach(function (layer) { map.addLayer(layer); });
        this._say();
        return this;
    },

    _narrow: function () { return this._box.clientWidth <= 480; },

    // The layers are added after this, so that nothing is drawn twice.
    _look: function (narrow) {
        if (!this._data.bounds) { return; }
        var right = narrow ? 30 : this._side.offsetWidth + 30, top = this._head.offsetHeight + 40;
        this._map.fitBounds(this._data.bounds, {animate: false, maxZoom: 16, paddingTopLeft: [30, top], paddingBottomRight: [right, 50]});
    },

    // Before the map itself in the page, so that the keyboard reaches search and legend before hundreds of pins.
    _put: function (tag, className) {
        var made = this._box.insertBefore(Placement.element(tag, className), this._box.firstChild);
        L.DomEvent.disableClickPropagation(made);
        L.DomEvent.disableScrollPropagation(made);
        return made;
    },

    _fit: function () {
        this._box.style.setProperty("--placement-head", this._head.offsetHeight + "px");
        this._box.style.setProperty("--placement-foot", this._foot.offsetHeight + "px");
    },

    _header: function () {
        var head = this._put("header", "placement-head"), words = head.appendChild(Placement.element("div", "placement-words"));
        words.appendChild(Placement.data("h1", "", this._data.title));
        if (this._data.subtitle) { words.appendChild(Placement.data("p", "", this._data.subtitle)); }
        if (this._data.made) { head.appendChild(Placement.element("span", "placement-made", this._data.made)); }
        return head;
    },

    _footTexts: function () {
        this._data.lines.forEach(function (line) { this._foot.appendChild(Placement.data("span", "", line)); }, this);
        this._data.links.forEach(function (link) {
            var made = this._foot.appendChild(Placement.data(link[1] ? "a" : "span", "", link[0]));
            if (link[1]) {
                made.href = link[1];
                made.rel = "noopener";
            }
        }, this);
    },

    _buttons: function () {
        var texts = this._data.texts, box = this._box;
        var zoom = L.control.zoom({position: "topleft", zoomInTitle: texts.closer, zoomOutTitle: texts.farther}).addTo(this._map);
        var bar = zoom.getContainer();
        if (document.fullscreenEnabled) {
            this._button(bar, texts.full, "M1 5V1H5M9 1H13V5M13 9V13H9M5 13H1V9").onclick = function () {
                document.fullscreenElement ? document.exitFullscreen() : box.requestFullscreen();
            };
        }
        var note = Placement.element("output", "placement-measured");
        note.hidden = true;
        var ruler = this._button(bar, texts.measure, "M1 10L10 1L13 4L4 13ZM4 7L6 9M7 4L9 6");
        new L.PlacementMeasure(this._map, ruler, note, texts);
        box.appendChild(note);
        this._note = box.appendChild(Placement.element("output", "placement-nothing"));
        this._note.hidden = true;
    },

    _button: function (bar, text, path) {
        var button = bar.appendChild(Placement.element("button", "placement-button"));
        button.type = "button";
        button.title = text;
        button.setAttribute("aria-label", text);
        L.DomEvent.disableClickPropagation(button);
        var icon = button.appendChild(Placement.svg("svg", {width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true"}));
        icon.appendChild(Placement.svg("path", {d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.7}));
        return button;
    },

    // Enter on the map is a click at its middle, where the cross stands while the keyboard leads.
    _press: function (event) {
        if (event.key !== "Enter" || event.target !== this._box) { return; }
        var map = this._map, middle = map.getSize().divideBy(2), layer = map.containerPointToLayerPoint(middle);
        var answer = {found: !!map.placementMeasuring};
        map.fire("click", {byKey: true, answer: answer, latlng: map.layerPointToLatLng(layer), layerPoint: layer, containerPoint: middle});
        var found = answer.found || this._layers.some(function (each) { return each.openNear && each.openNear(middle, 40); });
        if (!found) { this._nothing(); }
    },

    _nothing: function () {
        var note = this._note;
        note.textContent = this._data.texts.nothing_near;
        note.hidden = false;
        this._map.once("movestart popupopen click", function () { note.hidden = true; });
    },

    _sidePanel: function (open) {
        var side = this._put("section", "placement-side"), texts = this._data.texts;
        var button = side.appendChild(Placement.element("button", "placement-fold", texts.legend));
        var body = side.appendChild(Placement.element("div", "placement-body"));
        button.type = "button";
        var fold = this._fold = function (shown) {
            body.hidden = !shown;
            button.setAttribute("aria-expanded", shown);
        };
        button.onclick = function () { fold(body.hidden); };
        fold(open);
        if (this._layers.some(function (layer) { return layer.size(); })) { this._search(body); }
        var list = body.appendChild(Placement.element("ul", "placement-legend"));
        this._data.legend.forEach(function (entry) { list.appendChild(this._entry(entry)); }, this);
        this._shown = body.appendChild(Placement.element("div", "placement-shown"));
        this._shown.setAttribute("aria-live", "polite");
        this._data.notes.forEach(function (note) { body.appendChild(Placement.data("p", "placement-note", note)); });
        return side;
    },

    _entry: function (entry) {
        var item = Placement.element("li"), label = item.appendChild(Placement.element("label"));
        var check = label.appendChild(Placement.element("input")), self = this;
        check.type = "checkbox";
        check.checked = true;
        check.onchange = function () { self._hide(entry, !check.checked); };
        entry.check = check;
        label.appendChild(this._sign(entry));
        label.appendChild(Placement.data("span", "placement-name", entry.label));
        if (entry.count !== undefined) {
            label.appendChild(Placement.element("span", "placement-count", entry.count.toLocaleString("en-US")));
        }
        return item;
    },

    _sign: function (entry) {
        if (entry.pin) { return L.PlacementPins.prototype._drawing(entry, ""); }
        if (entry.class === "area") { return this._dashes(entry); }
        var canvas = Placement.element("canvas"), sharp = window.devicePixelRatio || 1, pen = canvas.getContext("2d");
        canvas.width = canvas.height = 16 * sharp;
        pen.scale(sharp, sharp);
        pen.fillStyle = entry.colour;
        Placement.trace(pen, entry.shape, 8, 8, 5.5);
        pen.fill();
        return canvas;
    },

    _dashes: function (entry) {
        var svg = Placement.svg("svg", {width: 30, height: 16, viewBox: "0 0 30 16", "aria-hidden": "true", "class": "placement-dash"});
        var look = {d: "M0 8H30", stroke: Placement.ink, "stroke-width": 2, "stroke-dasharray": entry.dash};
        svg.appendChild(Placement.svg("path", look));
        return svg;
    },

    _hide: function (entry, hidden) {
        this._layers.forEach(function (layer) { layer.hide(entry.group, hidden); });
        this._say();
    },

    // What the reader sees at this moment: every shop as a dot, or counts as shades.
    _say: function (told) {
        var texts = this._data.texts, shown = this._shown, drawn = this._drawn = told || this._drawn, pins = 0, many = 0;
        this._layers.forEach(function (layer) {
            if (layer.inView && this._map.hasLayer(layer)) { pins += layer.inView(); many += layer.size(); }
        }, this);
        shown.replaceChildren();
        if (many) { shown.appendChild(Placement.element("div", "", Placement.fill(texts.pinned, pins))); }
        if (!drawn) { return; }
        shown.appendChild(Placement.element("div", "", Placement.fill(drawn.dense ? texts.dense : texts.dots, drawn.inView)));
        if (!drawn.dense) { return; }
        var ramp = shown.appendChild(Placement.element("div", "placement-ramp"));
        ramp.appendChild(Placement.element("span", "", "1"));
        Placement.colours.forEach(function (colour) { ramp.appendChild(Placement.element("i")).style.background = colour; });
        ramp.appendChild(Placement.element("span", "", Placement.fill(texts.most, drawn.most)));
    },

    _search: function (body) {
        var texts = this._data.texts, form = body.appendChild(Placement.element("form", "placement-search"));
        var field = this._field = form.appendChild(Placement.element("input"));
        field.type = "search";
        field.placeholder = texts.search;
        field.setAttribute("aria-label", texts.search);
        field.autocomplete = "off";
        var found = this._found = form.appendChild(Placement.element("ul"));
        var self = this;
        field.oninput = function () { self._find(field.value); };
        form.onsubmit = function (event) {
            event.preventDefault();
            var first = found.querySelector("button");
            if (first) { first.click(); }
        };
        form.onkeydown = function (event) { self._walk(event); };
    },

    _walk: function (event) {
        var stops = [this._field].concat(Array.from(this._found.querySelectorAll("button")));
        var step = {ArrowDown: 1, ArrowUp: -1}[event.key], at = stops.indexOf(document.activeElement);
        if (event.key === "Escape") { this._find(this._field.value = ""); this._field.focus(); this._map.closePopup(); }
        if (!step) { return; }
        event.preventDefault();
        stops[Math.max(0, Math.min(stops.length - 1, at + step))].focus();
    },

    _index: function () {
        if (this._plain) { return this._plain; }
        this._plain = [];
        this._layers.forEach(function (layer) {
            for (var i = 0; i < layer.size(); i++) { this._plain.push([Placement.plain(layer.title(i)), layer, i]); }
        }, this);
        return this._plain;
    },

    _find: function (text) {
        var wanted = Placement.plain(text.trim()), found = this._found, texts = this._data.texts;
        found.replaceChildren();
        if (!wanted) { return; }
        var hits = this._index().filter(function (entry) { return entry[0].indexOf(wanted) >= 0; });
        hits.sort(function (a, b) { return a[0].indexOf(wanted) - b[0].indexOf(wanted); });
        hits.slice(0, 8).forEach(function (hit) { found.appendChild(this._hit(hit[1], hit[2])); }, this);
        var rest = hits.length ? hits.length - 8 : 0;
        if (!hits.length) { found.appendChild(Placement.element("li", "placement-note", texts.nothing)); }
        if (rest > 0) { found.appendChild(Placement.element("li", "placement-note", Placement.fill(texts.more, rest))); }
    },

    _hit: function (layer, i) {
        var item = Placement.element("li"), self = this;
        var entry = this._data.legend.find(function (entry) { return entry.group === layer.group(i); });
        var button = item.appendChild(Placement.element("button"));
        button.type = "button";
        button.appendChild(Placement.data("span", "", layer.title(i)));
        button.appendChild(Placement.data("small", "", entry.label));
        button.onclick = function (event) {
            event.stopPropagation(); // the button leaves the page below, and Leaflet would take the click for the map's
            if (!entry.check.checked) { entry.check.checked = true; self._hide(entry, false); }
            self._found.replaceChildren();
            if (self._narrow()) { self._fold(false); }
            layer.show(i);
        };
        return item;
    }
});
