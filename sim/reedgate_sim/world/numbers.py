"""The kinds of number in a scenario file. Floats: the world computes with them, no board does."""

import math
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from reedgate_boards.site.fields import refuse


def _any_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | float):
        refuse("must be a number.")
    return float(value)


def _number(value: Any) -> float:
    number = _any_number(value)
    if not math.isfinite(number):
        refuse("must be a finite number.")
    return number


AnyNumber = Annotated[float, BeforeValidator(_any_number)]  # probes say nan and inf too
Number = Annotated[float, BeforeValidator(_number)]
Amount = Annotated[float, BeforeValidator(_number), Field(ge=0)]
Span = Annotated[float, BeforeValidator(_number), Field(gt=0)]
