"""The parts of the demo city, one module a subject; put together by `make_demo_city.py`."""
