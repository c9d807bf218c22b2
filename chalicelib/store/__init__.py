"""Access to the tables: ``reads`` never saves, ``writes`` holds every conditional write, ``audit`` only appends."""
