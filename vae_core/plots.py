"""The colors of all figures."""

from __future__ import annotations

# Ten colors whose least distance in CIE Lab, seen normally or with any of the three forms of color blindness, is 28.6;
# found by maximising it over a grid of mid-light colors. Ten well-known published ones come to 17.3.
PALETTE = ("#4080ff", "#eabf00", "#d45500", "#bfbfbf", "#952a95", "#95402a", "#95d480", "#00bfff", "#6a00ff", "#80556a")
# A number as a color, by stops with even steps between. "ordered" rises in lightness from 34 to 80, seen in any of those
# ways; "cyclic" ends where it begins and stays between 42 and 77, two numbers a sixth of the circle apart by 11.7 or more.
SCALES = {"ordered": ("#5c3aa0", "#3e6cb8", "#2394a0", "#55b36c", "#a9c440", "#e8c22e"),
          "cyclic": ("#5a4fd8", "#3f8be8", "#78c4b4", "#d8bf3a", "#d07818", "#9c4470")}
# The terms of a loss, and what a variant adds to them.
CURVES = {"total": PALETTE[0], "reconstruction": PALETTE[2], "kl": PALETTE[4]}
EXTRAS = (PALETTE[6], PALETTE[1])
