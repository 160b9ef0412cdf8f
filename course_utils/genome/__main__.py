import sys

from course_utils.genome import main

if __name__ == "__main__":
    sys.exit(main())
