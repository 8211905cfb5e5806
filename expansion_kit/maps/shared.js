// What the layers of a placement map share: text goes into the page as text nodes only, never as HTML.
window.Placement = window.Placement || {
    colours: ["#DCE9F5", "#B3D0E8", "#7FB0D8", "#4B8DC2", "#2467A4", "#0B3F78"],
    ink: "#37474F",

    fill: function (text, n) {
        return text.replace("[n]", n.toLocaleString("en-US"));
    },

    element: function (tag, className, text) {
        var made = document.createElement(tag);
        if (className) { made.className = className; }
        if (text !== undefined) { made.textContent = text; }
        return made;
    },

    // A text from data: isolated, so that a right-to-left override in a name does not turn its neighbours around.
    data: function (tag, className, text) {
        var made = Placement.element(tag, className);
        made.appendChild(Placement.element("bdi", "", text));
        return made;
    },

    svg: function (tag, attributes) {
        var made = document.createElementNS("http://www.w3.org/2000/svg", tag);
        Object.keys(attributes).forEach(function (name) { made.setAttribute(name, attributes[name]); });
        return made;
    },

    card: function (title, rows) {
        var card = Placement.element("div", "placement-card");
        card.appendChild(Placement.data("strong", "", title));
        var list = card.appendChild(Placement.element("dl"));
        rows.forEach(function (row) {
            list.appendChild(Placement.element("dt", "", row[0]));
            list.appendChild(Placement.data("dd", "", row[1]));
        });
        return card;
    },

    trace: function (pen, shape, x, y, r) {
        if (shape === "square") {
            pen.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
        } else if (shape === "triangle") {
            pen.moveTo(x, y - r * 1.2);
            pen.lineTo(x + r * 1.1, y + r * 0.8);
            pen.lineTo(x - r * 1.1, y + r * 0.8);
            pen.closePath();
        } else if (shape === "diamond") {
            pen.moveTo(x, y - r * 1.25);
            pen.lineTo(x + r * 1.25, y);
            pen.lineTo(x, y + r * 1.25);
            pen.lineTo(x - r * 1.25, y);
            pen.closePath();
        } else {
            pen.moveTo(x + r, y);
            pen.arc(x, y, r, 0, 2 * Math.PI);
        }
    },

    // Whole numbers out of the text that `layers.packed` writes.
    unpack: function (text, n) {
        var signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", value = [];
        for (var s = 0; s < 64; s++) { value[signs.charCodeAt(s)] = s; }
        var numbers = new Float64Array(n);
        for (var i = 0, at = 0; i < n; i++) {
            var left = 0, scale = 1, sign;
            do {
                sign = value[text.charCodeAt(at++)];
                left += (sign & 31) * scale;
                scale *= 32;
            } while (sign > 31);
            numbers[i] = left % 2 ? -(left + 1) / 2 : left / 2;
        }
        return numbers;
    },

    // The text of row i in a field: `codes` is one for all rows, none where all are different, else packed.
    word: function (field, i, n) {
        if (!field.lines) {
            field.lines = field.words.split("\n");
            field.known = field.words === "" ? 0 : field.lines.length;
            if (typeof field.codes === "string") { field.codes = Placement.unpack(field.codes, n); }
        }
        var codes = field.codes, code = codes === null ? i : typeof codes === "number" ? codes : codes[i];
        return code < 0 || code >= field.known ? "\u2014" : field.lines[code];
    },

    // A ring or line out of its steps in units of 1e-5 degree: [[lat, lon] ...].
    path: function (steps) {
        var x = 0, y = 0, places = [];
        for (var i = 0; i < steps.length; i += 2) {
            x += steps[i];
            y += steps[i + 1];
            places.push([y / 1e5, x / 1e5]);
        }
        return places;
    },

    // Metres between two places; half a per mille true up to some hundred km (Gauss mid-latitude, WGS-84).
    metres: function (one, other) {
        var radians = Math.PI / 180, middle = (one.lat + other.lat) / 2 * radians, sine = Math.sin(middle);
        var magic = 1 - 0.00669438 * sine * sine, across = 6378137 / Math.sqrt(magic), along = 6335439.3 / Math.pow(magic, 1.5);
        var north = along * (other.lat - one.lat) * radians, east = across * Math.cos(middle) * (other.lng - one.lng) * radians;
        return Math.sqrt(north * north + east * east);
    },

    length: function (metres) {
        if (metres < 999.5) { return Math.round(metres) + " m"; }
        return (metres / 1000).toFixed(metres < 9995 ? 2 : 1) + " km";
    },

    // The plain form two texts are compared in by the search.
    plain: function (text) {
        return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    }
};
