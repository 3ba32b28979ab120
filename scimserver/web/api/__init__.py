"""The management API: JSON for programs that set an organization up."""
