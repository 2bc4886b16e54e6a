"""Collections, their versions, the files of these, and the aliases that name them."""
