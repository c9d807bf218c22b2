"""The local cloud: the product's code on one loopback endpoint, for drills and tests; never packaged.

In a process with any part of it, the SDK's descriptions are read as the application reads them. moto reads the largest
ones while it is imported; the SDK's own reader took a fifth of the time that a cloud needs to start.
"""

from typing import Any

from botocore.loaders import JSONFileLoader

from chalicelib.sdk_models import FastFiles

_files: Any = JSONFileLoader
_files.load_file = FastFiles.load_file
