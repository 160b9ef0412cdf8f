import sys

from course_utils.genome import main

sys.exit(main())
