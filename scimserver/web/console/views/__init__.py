"""The pages for administrators, one file a page."""
