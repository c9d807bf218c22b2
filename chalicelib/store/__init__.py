"""Access to the tables: ``reads`` never saves, ``writes`` holds every conditional write, ``audit`` only appends.

``tables`` says what is stored where, one declaration for each record; ``records`` maps them by field name.
"""
