"""The capture day: figures of each class, the stations, students without a photo, and the report."""
