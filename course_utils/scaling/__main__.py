import os
import sys

from course_utils.scaling.command import main

if __name__ == "__main__":
    status = main()
    if "RANK" in os.environ:
        # Nothing is left to do, so leave at once: PyTorch's threads, if they still run while Python takes itself down,
        # can abort the process (github.com/pytorch/pytorch/issues/190489).
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
