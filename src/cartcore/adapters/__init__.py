"""Storage and other outside parts. Import the module that you need: none is loaded by itself."""
