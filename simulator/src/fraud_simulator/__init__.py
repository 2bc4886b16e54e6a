"""The traffic simulator: held-back payments for a running service, its decisions compared with the truth.

It runs under a bare `python3` from 3.9 on (`python3 test_script.py`), so nothing here imports anything but
the standard library.
"""
