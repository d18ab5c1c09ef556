"""Anybody's WARC, ARC and WACZ files, and whole archives, in; findings out.

Each imports only from those above it:

findings      what is said of a file, and how two findings may be one defect
registry      number, title and clause of each check, given where its function is
blocks/       stored bytes → the block of a record: a window on the file, decoded bytes, chunks, the HTTP message
checks/       one function per check, numbered as in docs/audit.md: values in, faults out
scanning/     members and records of one file → batches, in processes when asked
ledger        what is remembered of every record, for SQL
across/       the checks across records, files, indexes, packages
proofs        signatures and time stamps of sealed files
inputs        what a path stands for
audit         the way through all of them
report_terminal · report_page · cli      what a person sees
"""
