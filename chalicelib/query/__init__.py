"""Read services: lists, details and the polling of waves; unable to write anything but the audit log."""
