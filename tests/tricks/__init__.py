"""An attacker's tricks, in C, each with a known truth; and floods of calls with races in them."""
