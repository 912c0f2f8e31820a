"""`zhengguan check`: test every part of a station and write one report to send."""
