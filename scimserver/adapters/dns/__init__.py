"""DNS as a proof of control: what is asked, of whom, and what the answers mean."""
