"""Reports, made of findings and observations without a recording."""
