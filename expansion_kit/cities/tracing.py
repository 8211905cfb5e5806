"""Where in the files a fault of the joined tables stands."""

from ..schemas import Fault


def files_of(config, lines):
    """File and lines of each table, as `traced` asks for them."""
    return {name: (source.file, lines.get(name)) for name, source in config.tables.items()}


def traced(level, code, tables, files, table, column, rows, **values):
    """
    A fault of rows of a table, with file, line and key of the first.

    Parameters
    ----------
    level, code : str
    tables : dict of str to DataFrame
    files : dict
        As `files_of` gives it.
    table, column : str
    rows : sequence of int
        Places of the rows in the table, at least one.
    **values
        What the sentence needs.

    Returns
    -------
    Fault
    """
    index = tables[table].index
    key = str(index[rows[0]]) if index.name else ""
    file, lines = files[table]
    return Fault(level, code, table, file, column, len(rows), lines[rows[0]], key, values)
