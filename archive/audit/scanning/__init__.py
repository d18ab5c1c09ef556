"""The audit's side of a scan (archive/read/scan.py): a file goes in; batches of findings and rows come out.

files          all files, in processes when asked; each record is judged before it is logged
fast_path      records like many before, checked in one go; header_patterns: how their headers look
filelog        findings, counts and rows of a file, collected
batch          what is handed on: findings and rows
"""
