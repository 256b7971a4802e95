"""The page that explains one calculation: a single HTML file with its picture, no script, nothing from elsewhere."""
