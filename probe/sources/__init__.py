"""The sources: what the rules of probe rest on, each under a numbered heading, and how a citation finds it.

Three Markdown documents, `exchange`, `validation` and `failures`. `[failures 5.4.2]` in code, in a test or in
output is heading 5.4.2 of `failures`; `probe sources` prints it. Nothing is judged here.
"""
