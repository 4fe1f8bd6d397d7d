"""Who the tasks are: process connector, taskstats, /proc and namespaces.

Nothing here decides anything: a loss costs names, never findings. The only room that imports
pyroute2.
"""
