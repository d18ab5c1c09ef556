"""The audit of WARC, ARC and WACZ files of any tool, and of whole archives: files go in, findings come out.

audit.py shows the way of a record through it. Each of these imports only from those above it, and from archive/read/:

findings      findings, progress and the summary, and their JSON
registry      `@check` beside each function: number, title and clause of the check
checks/       facts → faults: the registered checks of one file and its records
scanning/     one file, as archive/read/scan.py reads it → batches of findings and rows, in processes when asked
acknowledged  findings that somebody accepts, from acknowledged.jsonl
ledger        a temporary database of all records
across/       the checks that compare records, files, indexes, packages and manifests
inputs        the given paths → the files to read
audit         all stages in their order
report_terminal · report_page · cli      what a person sees; verify: the quick check of sealed files
"""
