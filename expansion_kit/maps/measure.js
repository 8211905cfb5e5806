// Measuring: a line by clicks, or by Enter at the middle of the map; Backspace takes a point back, Escape ends.
L.PlacementMeasure = L.Class.extend({
    initialize: function (map, button, note, texts) {
        this._map = map;
        this._button = button;
        this._note = note;
        this._texts = texts;
        this._places = [];
        this._lines = [[5, "#fff"], [2.5, "#111"]].map(function (look) {
            return L.polyline([], {weight: look[0], color: look[1], interactive: false, className: "placement-line"});
        });
        L.DomEvent.on(document, "keydown", this._key, this);
        button.setAttribute("aria-pressed", "false");
        button.onclick = this.turn.bind(this);
    },

    turn: function () {
        var map = this._map, on = !map.placementMeasuring;
        map.placementMeasuring = on;
        this._button.setAttribute("aria-pressed", on);
        map.getContainer().classList.toggle("placement-measuring", on);
        map.doubleClickZoom[on ? "disable" : "enable"]();
        map.closePopup();
        map[on ? "on" : "off"]({click: this._add, mousemove: this._follow}, this);
        this._note.hidden = !on;
        this._lines.forEach(function (line) { on ? map.addLayer(line) : map.removeLayer(line); });
        this._places = [];
        this._show(this._places);
    },

    _add: function (event) {
        this._places.push(event.latlng);
        this._show(this._places);
    },

    _follow: function (event) {
        if (this._places.length) { this._show(this._places.concat(event.latlng)); }
    },

    _key: function (event) {
        if (!this._map.placementMeasuring || event.target.tagName === "INPUT") { return; }
        if (event.key === "Escape") { this.turn(); }
        if (event.key === "Backspace") {
            event.preventDefault();
            this._places.pop();
            this._show(this._places);
        }
    },

    _show: function (places) {
        var metres = 0;
        for (var i = 1; i < places.length; i++) { metres += Placement.metres(places[i - 1], places[i]); }
        var drawn = places.length === 1 ? [places[0], places[0]] : places; // a single place shows as a dot
        this._lines.forEach(function (line) { line.setLatLngs(drawn); });
        this._note.textContent = places.length > 1 ? Placement.length(metres) + "\u2002" + this._texts.ends : this._texts.begins;
    }
});
