"""Plots of a report: drawn once as lines, boxes and texts, and written as SVG and as PNG.

Files and folders, each after those that it builds on:

- `canvas`: Elements of a drawing, and a drawing as SVG.
- `picture`: A drawing as PNG, by Pillow, without a browser.
- `charts`: Charts made of these elements: intervals, a scatter plot, a heatmap.
"""
