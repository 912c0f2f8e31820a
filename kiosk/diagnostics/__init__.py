"""`zhengguan check`: every part of a station looked at, opened and exercised; one report to send."""
