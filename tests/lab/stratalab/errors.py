# SPDX-License-Identifier: Apache-2.0
"""The one error that is shown to the operator as a sentence, without a traceback."""


class LabError(Exception):
    """Something the operator can act on; the text says what and where."""


class InputError(LabError):
    """A mistake in a scenario: names the file and the key."""

    def __init__(self, file, key, problem):
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")
        self.file = str(file)
        self.key = key
        self.problem = problem


class StartError(LabError):
    """A lab, a virtual machine or a tool could not be started."""


class GoneError(LabError):
    """The lab has gone: nothing more can be asked of it."""
