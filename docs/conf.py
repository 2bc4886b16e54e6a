"""The site: `make docs` builds it into var/site; a broken link fails the build."""

project = "Fraud detector"
extensions = ["myst_parser", "sphinx_copybutton", "sphinxcontrib.mermaid"]
exclude_patterns = ["generate"]
html_theme = "furo"
html_title = project
html_copy_source = False
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 4
copybutton_prompt_text = "$ "
