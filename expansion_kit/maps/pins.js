// Own stores and candidates: numbered pins, drawn as SVG inside the page, reached by the keyboard as well.
L.PlacementPins = L.LayerGroup.extend({
    initialize: function (data) {
        L.LayerGroup.prototype.initialize.call(this, []);
        this._data = data;
        this._pins = data.pins.map(this._pin, this);
        this._pins.forEach(function (pin) { this.addLayer(pin); }, this);
    },

    _pin: function (pin) {
        var look = this._data.groups[pin.group], title = pin.number + "  " + pin.label;
        var marker = L.marker([pin.lat, pin.lon], {
            icon: L.divIcon({className: "placement-pin", html: this._drawing(look, pin.number), iconSize: [24, 30], iconAnchor: [12, 29],
                tooltipAnchor: [0, -26], popupAnchor: [0, -26]}),
            riseOnHover: true
        });
        marker.bindTooltip(function () { return Placement.data("div", "", title); }, {direction: "top"});
        marker.bindPopup(function () { return Placement.card(title, pin.rows); }, {maxWidth: 280, autoPanPaddingTopLeft: [20, 90]});
        marker.on("add", function () { marker.getElement().setAttribute("aria-label", title); });
        return marker;
    },

    _drawing: function (look, number) {
        var svg = Placement.svg("svg", {width: 24, height: 30, viewBox: "0 0 24 30", "aria-hidden": "true"});
        var drop = "M12 29C9 22 1 18 1 11A11 11 0 0 1 23 11C23 18 15 22 12 29Z";
        var board = "M1 2Q1 1 2 1H22Q23 1 23 2V20Q23 21 22 21H16L12 29L8 21H2Q1 21 1 20Z";
        var path = {d: look.shape === "circle" ? drop : board, fill: look.colour, stroke: "#fff", "stroke-width": 1.4};
        svg.appendChild(Placement.svg("path", path));
        var text = Placement.svg("text", {x: 12, y: 15.2, fill: "#fff", "text-anchor": "middle", "font-size": number > 99 ? 10 : 12,
            "font-weight": 600});
        text.textContent = number;
        svg.appendChild(text);
        return svg;
    },

    onAdd: function (map) {
        L.LayerGroup.prototype.onAdd.call(this, map);
        map.on("zoomend", this._settle, this);
        this._settle();
    },

    onRemove: function (map) {
        map.off("zoomend", this._settle, this);
        L.LayerGroup.prototype.onRemove.call(this, map);
    },

    // A pin that would cover one of a lower number stands as a small drop without number until there is room.
    _settle: function () {
        var map = this._map, full = [];
        this._pins.forEach(function (marker) {
            if (!map.hasLayer(marker)) { return; }
            var at = map.latLngToLayerPoint(marker.getLatLng());
            var small = full.some(function (other) { return Math.abs(other.x - at.x) < 24 && Math.abs(other.y - at.y) < 30; });
            if (!small) { full.push(at); }
            marker.getElement().classList.toggle("placement-small", small);
            marker.setZIndexOffset(small ? -10000 : 0);
        });
    },

    hide: function (group, hidden) {
        this._pins.forEach(function (marker, i) {
            if (this._data.pins[i].group === group) { hidden ? this.removeLayer(marker) : this.addLayer(marker); }
        }, this);
        this._settle();
    },

    size: function () { return this._pins.length; },

    inView: function () {
        var map = this._map, bounds = map.getBounds();
        return this._pins.filter(function (pin) { return map.hasLayer(pin) && bounds.contains(pin.getLatLng()); }).length;
    },

    // Opens the pin nearest to a spot of the window, if one lies within so many pixels.
    openNear: function (spot, reach) {
        var map = this._map, near = null;
        this._pins.forEach(function (pin) {
            var far = map.latLngToContainerPoint(pin.getLatLng()).distanceTo(spot);
            if (map.hasLayer(pin) && far <= reach) { near = pin; reach = far; }
        });
        if (near) { near.openPopup(); }
        return !!near;
    },

    title: function (i) { return this._data.pins[i].number + "  " + this._data.pins[i].label; },

    group: function (i) { return this._data.pins[i].group; },

    show: function (i) {
        var place = this._pins[i].getLatLng();
        this._map.setView(place, Math.max(this._map.getZoom(), 16), {animate: false});
        this._pins[i].openPopup();
    }
});
