"""What the explorers show: from settings to numbers, and from numbers to a page. No widget is needed for it."""
