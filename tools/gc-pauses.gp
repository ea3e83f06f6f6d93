# SPDX-License-Identifier: GPL-2.0
# Draws out/gc-pauses.svg of out/gc-pauses.dat (tools/bench.sh): gnuplot -c gc-pauses.gp DATA SVG
set terminal svg size 800,500 enhanced background rgb 'white'
set output ARG2
set title 'Pause of a full collection of empty lists that live'
set logscale xy
set xlabel 'objects'
set ylabel 'milliseconds'
set format x '10^{%T}'
set grid
set key left top
plot ARG1 using 1:($2/1e6) with points pointtype 7 linecolor rgb '#1f77b4' title 'pymm', \
	ARG1 using 1:($4/1e6) with lines dashtype 2 linecolor rgb '#1f77b4' title 'a straight line', \
	ARG1 using 1:($3/1e6) with points pointtype 5 linecolor rgb '#d62728' title 'CPython', \
	ARG1 using 1:($5/1e6) with lines dashtype 2 linecolor rgb '#d62728' title 'a straight line'
