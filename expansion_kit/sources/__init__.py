"""
Real data into a city folder.

Each module here knows one publisher's files as they are: it reads them, says row by row what it dropped, repaired or
left missing, and hands tables of our columns to `cities.write_city`. Nothing is filled in silently.
"""
