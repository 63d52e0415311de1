"""What probe.exe starts with: the program, also as the worker process of a list (--processes)."""

import multiprocessing
import sys

from probe.__main__ import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
