"""The conformance table: every word of the language is claimed by a case, and every claim is proved.

Cases are tests/compiler/conformance/*.md; cases.py reads them and shows what a viewer sees of one, words.py
knows what there is to claim, proof.py proves a claim: without the key, or with another value, the case fails.
language.py is the page's own list of words, and of those that nothing obeys yet.
`PYTHONPATH=tests python -m conformance` prints the table.
"""
