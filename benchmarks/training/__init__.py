"""Which parameters the full plan has, and what it gains over the former one."""
