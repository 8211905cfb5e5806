"""
A folium page made whole: scripts and styles come out of installed packages into the page, so that it asks for nothing,
or into one folder beside it that hundreds of pages share.

No script of others is copied into this repository, and a page that wants one we do not have is an error, never a silent
request to the net.
"""

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files as package_files

from expansion_kit import files

JQUERY = "https://code.jquery.com/jquery-3.7.1.min.js"
LEAFLET_JS = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"
LEAFLET_CSS = "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css"

_LEAFLET = ("js_lib_leaflet", "static/js_lib_leaflet")
PACKAGED = {
    LEAFLET_JS: (*_LEAFLET, "leaflet.js"),
    LEAFLET_CSS: (*_LEAFLET, "leaflet.css"),
    JQUERY: ("xstatic.pkg.jquery", "data", "jquery.min.js"),
}
DROPPED = {
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js",
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/css/bootstrap.min.css",
    "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css",
    "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@6.2.0/css/all.min.css",
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js",
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.css",
    "https://cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/leaflet.awesome.rotate.min.css",
}

_TAG = re.compile(
    r"""<(?:script\s[^>]*?\bsrc=["']?([^"'\s>]+)["']?[^>]*>\s*</script>"""
    r"""|link\s(?=[^>]*\brel=["']?stylesheet)[^>]*?\bhref=["']?([^"'\s>]+)["']?[^>]*>)""",
    re.IGNORECASE,
)
_CSS_URL = re.compile(r"""url\(\s*['"]?(?!data:|#)([^)'"]+?)['"]?\s*\)""")
_OWN = re.compile(r"""<(script|style) data-own="([^"]+)">(.*?)</\1>""", re.DOTALL)
_SOURCE_MAP = re.compile(r"//[#@] sourceMappingURL=\S*")


def page(map, *, name, lang):
    """
    A folium map as one HTML page that asks for nothing.

    The random ids of folium become numbers drawn from `name`, so that the same map gives the same bytes.

    Parameters
    ----------
    map : folium.Map
        Of this package or any other; tiles, if it has any, are still fetched by the reader's browser.
    name : str
        What the ids are drawn from: two maps on one page need two names.
    lang : str
        Language of the page, `en` or `zh`.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the page wants a script or style that is not in an installed package, by its address.

    Examples
    --------
    >>> import folium
    >>> html = page(folium.Map((31.2, 121.5), tiles=None), name="empty", lang="zh")
    >>> html.count("<html lang=\\"zh\\">"), "<script src" in html, len(html) < 260_000
    (1, False, True)
    """
    return _self_contained(_rendered(map, name, lang), _inside)


def linked_page(map, *, name, lang, folder="assets"):
    """
    A folium map as a small HTML page beside one folder of scripts and styles, for hundreds of maps.

    The page works wherever the folder lies beside it, without network. File names carry a part of their hash, so that
    pages of one and of another version can share the folder.

    Parameters
    ----------
    map, name, lang
        As for `page`.
    folder : str
        Name of the folder, beside the page.

    Returns
    -------
    html : str
    shared : dict of str to str
        What has to stand in the folder, by file name; write each with `files.write_text`.

    Raises
    ------
    ValueError
        As `page`; also if `folder` is more than a name.

    Examples
    --------
    >>> import folium
    >>> html, shared = linked_page(folium.Map((31.2, 121.5), tiles=None), name="empty", lang="zh")
    >>> len(html) < 4_000, sorted(name.split(".")[0] for name in shared)
    (True, ['leaflet', 'leaflet'])
    """
    if not re.fullmatch(r"\w[\w.-]*", folder):
        raise ValueError(f"folder must be a plain name beside the page, but is {folder!r}")
    shared = {}

    def link(kind, file, text):
        stem, ending = file.rsplit(".", 1)
        stored = f"{stem}.{hashlib.sha256(text.encode()).hexdigest()[:10]}.{ending}"
        shared[stored] = text
        at = f"{folder}/{stored}"
        return f'<script src="{at}"></script>' if kind == "script" else f'<link rel="stylesheet" href="{at}">'

    return _self_contained(_rendered(map, name, lang), link), shared


def _rendered(map, name, lang):
    figure = map.get_root()
    html = _named_by(name, figure.render(), _ids(figure, set(), set()))
    head = f'<html lang="{files.escape(lang)}">\n<head>\n<link rel="icon" href="data:,">'
    return html.replace("<html>\n<head>", head, 1)


def _ids(element, ids, visited):
    """The random ids of an element and of all that hang on it."""
    from branca.element import Element

    if id(element) in visited:
        return ids
    visited.add(id(element))
    ids.add(element._id)
    for part in [*vars(element).values(), *element._children.values()]:
        if isinstance(part, Element):
            _ids(part, ids, visited)
    return ids


def _named_by(name, html, ids):
    """Each random id replaced by one drawn from `name` and from its place in the order of appearance."""
    new = {}

    def renamed(found):
        if found[1] not in ids:
            return found[0]
        drawn = f"{name} {len(new)}".encode()
        return "_" + new.setdefault(found[1], hashlib.sha256(drawn).hexdigest()[:32])

    return re.sub(r"_([0-9a-f]{32})(?![0-9a-f])", renamed, html)


def _inside(kind, _, text):
    return f"<{kind}>{text}</{kind}>"


def _self_contained(html, put):
    """Each script and style, of ours or of an installed package, as `put(kind, file name, text)` has it."""
    wanted = [script or style for script, style in _TAG.findall(html) if not (script or style).startswith("data:")]
    unknown = sorted({url for url in wanted if url not in PACKAGED and url not in DROPPED})
    if unknown:
        raise ValueError(f"no installed package holds what this map asks for: {', '.join(unknown)}")
    unneeded = DROPPED if "$(" in html else DROPPED | {JQUERY}

    def packaged(tag):
        url = tag[1] or tag[2]
        if url.startswith("data:"):
            return tag[0]
        if url in unneeded:
            return ""
        file = PACKAGED[url][-1]
        return put("style", file, _style(url)) if tag[2] else put("script", file, _script(url))

    return _OWN.sub(lambda own: put(*own.groups()), _TAG.sub(packaged, html))


@cache
def _script(url):
    code = (
        _SOURCE_MAP.sub("", _asset(url).read_text(encoding="utf-8"))
        .replace("</script", "<\\/script")
        .replace("<!--", "\\x3C!--")
    )
    return code + _default_icon() if url == LEAFLET_JS else code


@cache
def _style(url):
    home = _asset(url)
    parent = PACKAGED[url][:-1]
    css = _CSS_URL.sub(lambda found: f"url({_data_url((*parent, found[1]))})", home.read_text(encoding="utf-8"))
    return css.replace("</style", "<\\/style")


def _default_icon():
    """Leaflet guesses the folder of its marker images from where its style came from; here it is told."""
    images = {"iconUrl": "marker-icon.png", "iconRetinaUrl": "marker-icon-2x.png", "shadowUrl": "marker-shadow.png"}
    urls = {option: _data_url((*_LEAFLET, "images", image)) for option, image in images.items()}
    return f"\n;delete L.Icon.Default.prototype._getIconUrl;L.Icon.Default.mergeOptions({json.dumps(urls)});"


def _asset(url):
    package, *path = PACKAGED[url]
    return package_files(package).joinpath(*path)


def _data_url(place):
    package, *path = place
    data = package_files(package).joinpath(*"/".join(path).split("/")).read_bytes()
    return "data:image/png;base64," + base64.b64encode(data).decode()
