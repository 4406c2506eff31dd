#!/usr/bin/env python3
"""Grade the checkout in the working directory for Classroom 50, into ./result.json.

Put this file into the classroom's configuration and say below where the course is. A status other
than 0 means that the submission could not be graded; how good it is stands in result.json.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

# The course with which all submissions are graded: a commit, so that it is the same for everybody.
COURSE = os.environ.get("COURSE", "https://github.com/OWNER/COURSE")
COMMIT = os.environ.get("COURSE_COMMIT", "main")
# Some labs, such as ["lab01", "lab03"]; none: all of them.
LABS = os.environ.get("LABS", "").split()
# A hosted runner allows a box after `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`.
BOX = os.environ.get("BOX", "require")


def run(*command, **more):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **more)


def main():
    submission = pathlib.Path.cwd()
    with tempfile.TemporaryDirectory() as scratch:
        course = pathlib.Path(scratch, "course")
        run("git", "init", "--quiet", str(course))
        run("git", "-C", str(course), "fetch", "--quiet", "--depth=1", COURSE, COMMIT)
        run("git", "-C", str(course), "checkout", "--quiet", "FETCH_HEAD")
        run("make", "-C", str(course), "deps")
        run(str(course / "teaching" / "grade-submission.sh"), str(submission), "classroom50",
            str(submission / "result.json"), *LABS, env={**os.environ, "BOX": BOX})


if __name__ == "__main__":
    try:
        main()
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"autograder: {error}")
