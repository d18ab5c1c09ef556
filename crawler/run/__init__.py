"""What one run carries and reports.

job        its options, stores and sources; begins and finishes visits      article    an article on its way
outcomes   what came of a request → how its visit ends                      report     the run file and the exit code
sources    what a run saw of its sources                                   judgement  the state of a source
health     states, and what is usual for a source                          summary    the report for a person
notification   the message of [notify], also of a start that failed
report_page    the page of a run, with charts                               metrics    the text file of [metrics]
status     how sources and archive are now                                  past_runs  run files, read again
"""
