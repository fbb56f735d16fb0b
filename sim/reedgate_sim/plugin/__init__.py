"""The parts of the pytest plugin; pytest loads pytest_plugin.py beside this folder.

What is imported when pytest starts is light: no part imports a simulator or starts a process
before there is a test that needs it.
"""
