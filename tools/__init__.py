"""What runs the course and no notebook imports; from the course's folder, such as: python -m tools.copies copy."""
