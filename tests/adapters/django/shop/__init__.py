"""An application of the project, which has a table beside cartcore's."""
