"""`warcpress serve`: the stored posts, their versions, captures and proofs as pages in a browser. Nothing is written.

A page is one file with its endpoints and a list `routes`, and a template. An endpoint takes what is stored from
`request.app.state.held`; what is missing or damaged becomes a sentence on the page.
"""
