"""Checkers of lesson 09."""

from course_utils.checks import Number

moves_an_epoch = Number(
    "9.1",
    answer=200 * (500 // 100) // 50 * 100,
    also_right=(2000.0,),
    wrong=[
        (20, "that is the number of steps; each takes as many moves as a window is long"),
        (100_000, "that is the number of letters; a batch makes its moves side by side"),
        (10_000, "the windows are 100 long, not 500"),
        (100, "that is one step; how many steps has the epoch?"),
        (1980, "the first letter of a window is a move too"),
        (1000, "that is the number of windows; how many batches of 50 are they, and how many moves does a batch make?"),
    ],
    tolerance=0.1,
    otherwise="how many windows, how many batches, and how many moves in each?",
)
