"""What everything is made of: money, text, times, numbers, and the checks of fields."""
