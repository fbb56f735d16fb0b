"""The quantities a point can carry: integers in small units; nothing on a board is a float.

A scaled value is round(value * 10 ** decimals), below 2**30 in size. The code is what the compiled
configuration carries; the key is what people write in a site file.
"""

# key: (code, unit, decimals)
QUANTITIES = {
    "turbidity_ntu": (1, "NTU", 3),
    "do_mg_l": (2, "mg/L", 3),
    "do_saturation_pct": (3, "%", 1),
    "conductivity_us_cm": (4, "µS/cm", 1),
    "temperature_c": (5, "°C", 2),
    "depth_mm": (6, "mm", 0),
    # RECKONED from others, never read, and always told as such
    "ec25_us_cm": (7, "µS/cm", 1),
    "tds_mg_l": (8, "mg/L", 1),
    "flow_lps": (9, "L/s", 2),
    "volume_m3": (10, "m³", 0),
}
RECKONED = ("ec25_us_cm", "tds_mg_l", "flow_lps", "volume_m3")
QUANTITY_KEYS = {code: key for key, (code, _unit, _decimals) in QUANTITIES.items()}


def decimals_of(quantity):
    return QUANTITIES[QUANTITY_KEYS[quantity]][2]


def unit_of(quantity):
    return QUANTITIES[QUANTITY_KEYS[quantity]][1]


def text_of(scaled, decimals):
    """A scaled integer as the decimal number it stands for: text_of(6800, 3) == '6.800'."""
    if not decimals:
        return str(scaled)
    whole, rest = divmod(abs(scaled), 10**decimals)
    return "%s%d.%0*d" % ("-" if scaled < 0 else "", whole, decimals, rest)
