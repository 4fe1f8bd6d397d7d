"""One parser a file: what it is fed, and what must hold of whatever it makes of that."""
