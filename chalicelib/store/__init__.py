"""Access to the tables.

``reads`` never saves, ``writes`` has every conditional write, and ``audit`` only appends. ``tables`` declares each
stored record once, and ``records`` maps records to items by field name.
"""
