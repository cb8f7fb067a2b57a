"""The data sets: one file each, found by discovery.

A module offers ``feeds(folder, minutes)``: the feeds it holds at those intervals, read from a folder of public data. It raises
FileNotFoundError or InvalidData where the data are absent.
"""
