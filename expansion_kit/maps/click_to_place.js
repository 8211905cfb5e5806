// Rows without coordinates: pick one, click on the map, undo, export. What is set is kept in the browser.
L.PlacingDesk = L.Class.extend({
    initialize: function (data) {
        this._data = data;
        this._rows = data.rows;
        this._places = {};
        this._marks = {};
        this._past = [];
        this._row = -1;
        this._key = "expansion-kit placed: " + data.title;
    },

    addTo: function (map) {
        this._map = map;
        this._box = map.getContainer();
        this._box.classList.add("placing-map");
        this._box.setAttribute("aria-label", this._data.texts.map);
        this._build();
        map.invalidateSize(false);
        map.fitBounds(this._data.bounds, {animate: false, padding: [20, 20], maxZoom: 16});
        L.control.zoom({position: "topright", zoomInTitle: this._data.texts.closer, zoomOutTitle: this._data.texts.farther}).addTo(map);
        L.control.scale({imperial: false, position: "bottomright"}).addTo(map);
        this._drawKnown();
        this._names = L.layerGroup().addTo(map);
        map.on("moveend", this._nameWhatIsSeen, this);
        map.on("click", function (event) { this._set(event.latlng); }, this);
        this._box.addEventListener("keydown", this._keys.bind(this));
        document.addEventListener("keydown", this._undoKey.bind(this));
        this._recall();
        this._nameWhatIsSeen();
        this._pick(this._nextOpen(-1));
        return this;
    },

    _build: function () {
        var make = Placement.element, data = this._data, texts = data.texts, self = this;
        var desk = document.body.insertBefore(make("section", "placing-desk"), document.body.firstChild);
        desk.setAttribute("aria-label", texts.list);
        var head = desk.appendChild(make("header", "placing-head"));
        head.appendChild(Placement.data("h1", "", data.title));
        if (data.made) { head.appendChild(make("span", "placing-made", data.made)); }
        this._left = head.appendChild(make("p", "placing-left"));
        this._told = desk.appendChild(make("p", "placing-say"));
        this._told.setAttribute("aria-live", "polite");
        this._buildTools(desk);
        this._near = desk.appendChild(make("div", "placing-near"));
        this._buildFields(desk);
        this._list = desk.appendChild(make("ul", "placing-rows"));
        this._list.onkeydown = function (event) { self._walk(event); };
        this._out = desk.appendChild(make("footer", "placing-out"));
        this._box.appendChild(make("div", "placing-cross"));
    },

    // What has coordinates already, as dots that take no clicks.
    _drawKnown: function () {
        var known = this._data.known, steps = Placement.unpack(known.xy, 2 * known.n), pen = L.canvas({padding: 0.3}), lat = 0, lon = 0;
        for (var i = 0; i < known.n; i++) {
            lat += steps[2 * i];
            lon += steps[2 * i + 1];
            L.circleMarker([lat / 1e5, lon / 1e5], {renderer: pen, radius: 3.5, weight: 1, color: "#fff", fillColor: "#5f584b",
                fillOpacity: 0.85, interactive: false}).addTo(this._map);
        }
    },

    _buildTools: function (desk) {
        var texts = this._data.texts, tools = desk.appendChild(Placement.element("div", "placing-tools")), self = this;
        this._centre = this._button(tools, texts.centre, function () { self._set(self._map.getCenter()); });
        this._centre.className = "placing-main";
        this._next = this._button(tools, texts.next, function () { self._pick(self._nextOpen(self._row)); });
        this._undo = this._button(tools, texts.undo, function () { self._takeBack(); });
        this._remove = this._button(tools, texts.remove, function () { self._put(self._row, null); });
    },

    _button: function (parent, text, action) {
        var button = parent.appendChild(Placement.element("button", "", text));
        button.type = "button";
        button.onclick = action;
        return button;
    },

    _buildFields: function (desk) {
        var texts = this._data.texts, box = desk.appendChild(Placement.element("div", "placing-fields")), self = this;
        this._search = this._field(box, texts.search, function () { self._fill(); });
        this._find = this._field(box, texts.find, function () { self._findPlaces(); });
        var label = box.appendChild(Placement.element("label"));
        this._openOnly = label.appendChild(Placement.element("input"));
        this._openOnly.type = "checkbox";
        this._openOnly.onchange = function () { self._fill(); };
        label.appendChild(document.createTextNode(" " + texts.open_only));
        this._found = desk.appendChild(Placement.element("ul", "placing-found"));
        if (!this._data.streets) { desk.appendChild(Placement.element("p", "placing-note", texts.no_streets)); }
        if (texts.known) { desk.appendChild(Placement.element("p", "placing-note", texts.known)); }
    },

    _field: function (box, text, action) {
        var field = box.appendChild(Placement.element("input"));
        field.type = "search";
        field.placeholder = text;
        field.setAttribute("aria-label", text);
        field.autocomplete = "off";
        field.oninput = action;
        return field;
    },

    // The list and all counts, as they are now.
    _show: function () {
        var texts = this._data.texts, all = this._rows.length, set = Object.keys(this._places).length, row = this._row;
        this._left.textContent = texts.left.replace("[left]", all - set).replace("[all]", all);
        this._centre.disabled = row < 0;
        this._next.disabled = set === all;
        this._undo.disabled = !this._past.length;
        this._remove.disabled = !this._places[row];
        this._fill();
        this._export();
    },

    _fill: function () {
        var wanted = Placement.plain(this._search.value.trim()), texts = this._data.texts, list = this._list, shown = [];
        this._rows.forEach(function (row, i) {
            if (this._openOnly.checked && this._places[i] && i !== this._row) { return; }
            row.plain = row.plain || Placement.plain([row.id, row.label, row.address].concat(row.beside).join(" "));
            if (row.plain.indexOf(wanted) >= 0) { shown.push(i); }
        }, this);
        var focused = list.contains(document.activeElement) ? document.activeElement.dataset.row : null, top = list.scrollTop;
        var from = Math.max(0, Math.min(shown.indexOf(this._row) - 50, shown.length - 300));
        list.replaceChildren();
        shown.slice(from, from + 300).forEach(function (i) { list.appendChild(this._entry(i)); }, this);
        if (!shown.length) { list.appendChild(Placement.element("li", "placing-note", texts.nothing)); }
        if (shown.length > 300) { list.appendChild(Placement.element("li", "placing-note", Placement.fill(texts.more, shown.length - 300))); }
        list.scrollTop = top;
        var again = focused && list.querySelector('[data-row="' + focused + '"]');
        if (again) { again.focus({preventScroll: true}); }
    },

    _entry: function (i) {
        var row = this._rows[i], item = Placement.element("li"), self = this;
        var button = this._button(item, "", function () { self._pick(i); });
        button.dataset.row = i;
        button.setAttribute("aria-current", i === this._row);
        button.appendChild(Placement.element("i", "", i + 1));
        button.appendChild(Placement.data("span", "", row.label));
        button.appendChild(Placement.element("b", "", this._places[i] ? "\u2713" : ""));
        [row.address, [this._data.tables[row.table].label, row.id].concat(row.beside).join(" \u00b7 ")].forEach(function (text) {
            button.appendChild(Placement.data("small", "", text));
        });
        return item;
    },

    _walk: function (event) {
        var step = {ArrowDown: 1, ArrowUp: -1}[event.key], stops = Array.from(this._list.querySelectorAll("button"));
        if (!step) { return; }
        event.preventDefault();
        var at = stops.indexOf(document.activeElement) + step;
        stops[Math.max(0, Math.min(stops.length - 1, at))].focus();
    },

    _nextOpen: function (after) {
        var many = this._rows.length;
        for (var step = 1; step <= many; step++) {
            var i = (after + step + many) % many;
            if (!this._places[i]) { return i; }
        }
        return after;
    },

    _pick: function (i) {
        var texts = this._data.texts, before = this._row;
        this._row = i;
        this._mark(before);
        this._mark(i);
        this._show();
        this._near.replaceChildren();
        if (i < 0) { this._say(this._rows.length ? texts.pick : texts.done); return; }
        var done = Object.keys(this._places).length === this._rows.length;
        this._say((done ? texts.done : texts.click).replace("[name]", this._titled(i)));
        var entry = this._list.querySelector('[data-row="' + i + '"]');
        if (entry) { entry.scrollIntoView({block: "nearest"}); }
        if (this._places[i]) { this._map.setView(this._places[i], Math.max(this._map.getZoom(), 16), {animate: false}); }
        this._suggest(this._rows[i].address);
    },

    _titled: function (i) { return (i + 1) + " " + this._rows[i].label; },

    _say: function (text) { this._told.replaceChildren(Placement.element("bdi", "", text)); },

    // Streets and places whose names stand in the address, the longest name first.
    _suggest: function (address) {
        var named = this._data.landmarks.filter(function (mark) { return mark[0].length > 1 && address.indexOf(mark[0]) >= 0; });
        named.sort(function (a, b) { return b[0].length - a[0].length; });
        if (named.length) { this._near.appendChild(Placement.element("span", "", this._data.texts.near)); }
        named.slice(0, 5).forEach(function (mark) { this._goTo(this._near, mark); }, this);
    },

    _goTo: function (parent, mark) {
        var map = this._map, button = this._button(parent, "", function () {
            map.setView([mark[1], mark[2]], Math.max(map.getZoom(), 16), {animate: false});
        });
        button.appendChild(Placement.element("bdi", "", mark[0]));
    },

    _findPlaces: function () {
        var wanted = Placement.plain(this._find.value.trim()), found = this._found;
        found.replaceChildren();
        if (!wanted) { return; }
        var pair = this._pair(this._find.value);
        if (pair) { this._offer(pair); return; }
        var hits = this._data.landmarks.filter(function (mark) { return Placement.plain(mark[0]).indexOf(wanted) >= 0; });
        hits.slice(0, 6).forEach(function (mark) { this._goTo(found.appendChild(Placement.element("li")), mark); }, this);
        if (!hits.length) { found.appendChild(Placement.element("li", "placing-note", this._data.texts.nothing)); }
    },

    // Two numbers as a place: longitude first, unless only the other way round it is one; null where it is none.
    _pair: function (text) {
        var number = "(-?\\d{1,3}(?:\\.\\d+)?)", parts = text.normalize("NFKC").trim().match(RegExp("^[(\\[]?" + number + "[\\s,;\u3001]+" + number + "[)\\]]?$"));
        if (!parts) { return null; }
        var one = Number(parts[1]), two = Number(parts[2]);
        if (Math.abs(two) > 90) { one = Number(parts[2]); two = Number(parts[1]); }
        return Math.abs(two) <= 90 && Math.abs(one) <= 180 ? L.latLng(two, one) : null;
    },

    // A typed pair in each datum it may be in: a look there, and for the picked row to be set there.
    _offer: function (pair) {
        var texts = this._data.texts, ways = [[texts.at, pair]], plain = Placement.gcj.undo(pair);
        if (Placement.gcj.inside(plain, this._data.mainland)) { ways.push([texts.at_gcj, plain]); }
        ways.forEach(function (way) {
            var said = way[0].replace("[lon]", pair.lng).replace("[lat]", pair.lat), item = this._found.appendChild(Placement.element("li"));
            this._goTo(item, [said, way[1].lat, way[1].lng]);
            if (this._row < 0) { return; }
            this._button(item, texts.put_here.replace("[name]", this._titled(this._row)), function () {
                this._map.setView(way[1], Math.max(this._map.getZoom(), 16), {animate: false});
                this._set(way[1]);
                this._find.value = "";
                this._found.replaceChildren();
            }.bind(this));
        }, this);
    },

    // Places: each change is one step that can be taken back.
    _set: function (place) {
        if (this._row < 0) { this._say(this._data.texts.pick); return; }
        this._put(this._row, place);
    },

    _put: function (i, place) {
        if (i < 0 || (!place && !this._places[i])) { return; }
        this._past.push([i, this._places[i] || null]);
        this._change(i, place);
        this._say(this._data.texts[place ? "set" : "undone"].replace("[name]", this._titled(i)));
    },

    _takeBack: function () {
        var last = this._past.pop();
        if (!last) { return; }
        this._change(last[0], last[1]);
        this._pick(last[0]);
        this._say(this._data.texts.undone.replace("[name]", this._titled(last[0])));
    },

    _change: function (i, place) {
        if (place) {
            place = L.latLng(place).wrap();
            this._places[i] = L.latLng(Number(place.lat.toFixed(6)), Number(place.lng.toFixed(6)));
        } else {
            delete this._places[i];
        }
        this._mark(i);
        this._keep();
        this._show();
    },

    _mark: function (i) {
        if (this._marks[i]) { this._marks[i].remove(); delete this._marks[i]; }
        var place = this._places[i], self = this;
        if (!place) { return; }
        var icon = L.divIcon({className: "placing-pin", html: this._pin(i), iconSize: [28, 34], iconAnchor: [14, 33]});
        var mark = this._marks[i] = L.marker(place, {icon: icon, draggable: true, zIndexOffset: i === this._row ? 1000 : 0});
        mark.on("click", function () { self._pick(i); });
        mark.on("dragend", function () { self._row = i; self._put(i, mark.getLatLng()); self._pick(i); });
        mark.addTo(this._map);
        mark.getElement().setAttribute("aria-label", this._titled(i));
    },

    _pin: function (i) {
        var svg = Placement.svg("svg", {width: 28, height: 34, viewBox: "0 0 28 34", "aria-hidden": "true"});
        var fill = i === this._row ? "#C8102E" : "#1a4f8b";
        svg.appendChild(Placement.svg("path", {d: "M14 33C11 25 1 21 1 13A13 12 0 0 1 27 13C27 21 17 25 14 33Z", fill: fill, stroke: "#fff", "stroke-width": 1.5}));
        var text = Placement.svg("text", {x: 14, y: 17, fill: "#fff", "text-anchor": "middle", "font-size": i > 98 ? 10 : 12, "font-weight": 600});
        text.textContent = i + 1;
        svg.appendChild(text);
        return svg;
    },

    _keys: function (event) {
        if (event.key === "Enter" && event.target === this._box) {
            event.preventDefault();
            this._set(this._map.getCenter());
        }
    },

    _undoKey: function (event) {
        if ((event.ctrlKey || event.metaKey) && event.key === "z" && event.target.tagName !== "INPUT") {
            event.preventDefault();
            this._takeBack();
        }
    },

    // Kept in the browser by table, id and address, so that a page made again, with more rows, has them too.
    _name: function (row) { return JSON.stringify([this._data.tables[row.table].file, row.id, row.address]); },

    _keep: function () {
        var kept = {};
        Object.keys(this._places).forEach(function (i) { kept[this._name(this._rows[i])] = [this._places[i].lat, this._places[i].lng]; }, this);
        try {
            localStorage.setItem(this._key, JSON.stringify(kept));
        } catch (error) {
            this._lost = true;
        }
    },

    _recall: function () {
        var kept = {};
        try {
            kept = JSON.parse(localStorage.getItem(this._key)) || {};
        } catch (error) {
            this._lost = true;
        }
        this._rows.forEach(function (row, i) {
            var place = kept[this._name(row)];
            if (Array.isArray(place) && isFinite(place[0]) && isFinite(place[1])) { this._places[i] = L.latLng(place); this._mark(i); }
        }, this);
    },

    _export: function () {
        var out = this._out, texts = this._data.texts, self = this;
        out.replaceChildren();
        this._data.tables.forEach(function (table, at) {
            if (!this._rows.some(function (row) { return row.table === at; })) { return; }
            var lines = this._lines(at), text = texts.download.replace("[file]", table.file).replace("[n]", lines.length);
            var button = this._button(out, text, function () { self._download(table, lines); });
            button.disabled = !lines.length;
        }, this);
        out.appendChild(Placement.element("p", "", texts.after));
        out.appendChild(Placement.element("p", "", this._lost ? texts.not_kept : texts.kept));
    },

    _lines: function (table) {
        return Object.keys(this._places).map(Number).sort(function (a, b) { return a - b; }).filter(function (i) {
            return this._rows[i].table === table;
        }, this).map(function (i) {
            return this._rows[i].csv + "," + this._places[i].lng.toFixed(6) + "," + this._places[i].lat.toFixed(6);
        }, this);
    },

    _download: function (table, lines) {
        var text = "\ufeff" + [table.header].concat(lines).join("\n") + "\n", link = Placement.element("a");
        link.href = URL.createObjectURL(new Blob([text], {type: "text/csv;charset=utf-8"}));
        link.download = table.file;
        link.click();
        setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
    },

    // Names for orientation: as many as stand beside each other, the earlier ones first.
    _nameWhatIsSeen: function () {
        var map = this._map, size = map.getSize(), taken = [];
        this._names.clearLayers();
        if (map.getZoom() < 13) { return; }
        this._data.landmarks.some(function (mark) {
            var at = map.latLngToContainerPoint([mark[1], mark[2]]), wide = 7 + 6.5 * mark[0].length;
            if (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y) { return false; }
            if (taken.some(function (other) { return Math.abs(other.x - at.x) < wide + other.wide && Math.abs(other.y - at.y) < 16; })) { return false; }
            at.wide = wide;
            taken.push(at);
            var icon = L.divIcon({className: "placing-name", html: Placement.element("span", mark[3] ? "placing-spot" : "", mark[0]), iconSize: [0, 0]});
            L.marker([mark[1], mark[2]], {icon: icon, interactive: false, keyboard: false, zIndexOffset: -5000}).addTo(this._names);
            return taken.length >= 80;
        }, this);
    }
});
