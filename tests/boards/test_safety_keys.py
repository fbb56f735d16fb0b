"""What a technician is told of the safety keys of a new configuration."""

from decimal import Decimal

import pytest
from site_files import EXAMPLE

from reedgate_boards.device.commands import _safety
from reedgate_boards.site.compiler import compile_station
from reedgate_boards.site.load import load_site
from reedgate_boards.site.safety import button_keys, safety_hash
