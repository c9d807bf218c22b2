"""The version of the distribution `drs-emulator`."""

VERSION = "0.1.0"
