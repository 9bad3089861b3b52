"""Images on the pages of raters: scripts and styles of their boxes, and of the view that enlarges them."""
