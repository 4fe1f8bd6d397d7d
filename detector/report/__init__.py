"""A judged case as one page that a person reads: HTML that needs nothing else, or Markdown."""
