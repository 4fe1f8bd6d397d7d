"""Being a service of systemd: telling it how things go, and the unit that it starts us by."""
