"""The tabs of the page, a file a tab and the parts of Train."""
