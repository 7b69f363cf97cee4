"""The program behind the course: one module for each part of the chapter."""
