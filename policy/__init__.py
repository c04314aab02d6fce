"""What this system must never declare, in any stack, whatever the program's code says.

The rules know the live shop's names by themselves (`vocabulary`) and import nothing of the program: a mistake in the
program's own `naming` must not make its way into what judges it.
"""
