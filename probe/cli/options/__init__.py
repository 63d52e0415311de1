"""The options that commands share, each declared once, in groups by meaning.

To add an option, add a field with its `Annotated` type and default to a group of this package: it then stands
in the help, the environment (`PROBE_*`) and `probe.toml` of every command that takes the group. Read it where
the group arrives, or, if it says how to connect, give `probe.collection.settings.Settings` a field of the
same name: it is filled by that name. An option of a single command is a parameter of that command instead.
"""
