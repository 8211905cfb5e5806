// What the layers of a placement map share: text goes into the page as text nodes only, never as HTML.
window.Placement = window.Placement || {
    colours: ["#DCE9F5", "#B3D0E8", "#7FB0D8", "#4B8DC2", "#2467A4", "#0B3F78"],

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

    // The words of a field by code: a field without words is missing everywhere, one without codes is all different.
    word: function (field, i) {
        var code = field.codes ? field.codes[i] : i;
        return code < 0 || code >= field.words.length ? "\u2014" : field.words[code];
    },

    // The plain form two texts are compared in by the search.
    plain: function (text) {
        return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    }
};
