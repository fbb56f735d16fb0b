"""Who is on an RS-485 line: asked at every speed, judged, named; and what is said on it."""
