# SPDX-License-Identifier: Apache-2.0
"""Reads TOML tables key by key, so that every mistake is told with file and key."""

import difflib
import ipaddress
import tomllib

from .errors import InputError

MISSING = object()


def load(path):
    """The root Table of a file."""
    try:
        with open(path, "rb") as file:
            return Table(path, "", tomllib.load(file))
    except FileNotFoundError as error:
        raise InputError(path, "", "there is no such file") from error
    except OSError as error:
        raise InputError(path, "", error.strerror) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, "", f"not TOML: {error}") from error


def did_you_mean(word, known):
    """A hint when a word is nearly one of the known ones, else nothing."""
    close = difflib.get_close_matches(word, known, 1)
    return f" (did you mean {close[0]}?)" if close else ""


class Table:
    """One table; `done` refuses the keys nobody asked for."""

    def __init__(self, file, path, values):
        self.file = file
        self.path = path
        self.values = values
        self.asked = []

    def key(self, name):
        """The full name of a key for messages."""
        return f"{self.path}.{name}" if self.path else name

    def fail(self, name, problem):
        """Raises the error for a key ("" for the table itself)."""
        raise InputError(self.file, self.key(name) if name else self.path, problem)

    def get(self, name, kind, what, default=MISSING):
        """A value of a Python type, or the default."""
        self.asked.append(name)
        if name not in self.values:
            if default is MISSING:
                close = difflib.get_close_matches(name, set(self.values) - set(self.asked), 1)
                self.fail(name, f"is missing ({what})"
                          + (f": is {close[0]!r} misspelt?" if close else ""))
            return default
        value = self.values[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fail(name, f"must be {what}, not {value!r}")
        return value

    def text(self, name, default=MISSING):
        """A string."""
        return self.get(name, str, "a text", default)

    def word(self, name, choices, default=MISSING):
        """One of a few words."""
        value = self.get(name, str, "one of " + ", ".join(choices), default)
        if value is not default and value not in choices:
            self.fail(name, f"must be one of {', '.join(choices)}, not {value!r}"
                      + did_you_mean(value, choices))
        return value

    def flag(self, name, default=MISSING):
        """A truth value."""
        return self.get(name, bool, "true or false", default)

    def number(self, name, default=MISSING, low=None, high=None, kind=int):
        """A number within bounds."""
        kinds = int if kind is int else (int, float)
        value = self.get(name, kinds, "a whole number" if kind is int else "a number", default)
        if value is default:
            return value
        if (low is not None and value < low) or (high is not None and value > high):
            self.fail(name, f"must be between {low} and {high}, not {value}")
        return value

    def texts(self, name, default=MISSING):
        """A list of strings; a single string counts as one."""
        value = self.get(name, (str, list), "a list of texts", default)
        if value is default:
            return value
        value = [value] if isinstance(value, str) else value
        for item in value:
            if not isinstance(item, str):
                self.fail(name, f"must be a list of texts, but has {item!r}")
        return value

    def table(self, name, default=MISSING):
        """A sub-table."""
        value = self.get(name, dict, "a table", default)
        return value if value is default else Table(self.file, self.key(name), value)

    def tables(self, name):
        """An array of tables; none is fine."""
        value = self.get(name, list, "an array of tables: [[" + name + "]]", [])
        for item in value:
            if not isinstance(item, dict):
                self.fail(name, f"must be an array of tables, but has {item!r}")
        return [Table(self.file, f"{self.key(name)}[{place}]", item)
                for place, item in enumerate(value, start=1)]

    def address(self, name, default=MISSING):
        """An IPv4 address."""
        value = self.text(name, default)
        if value is not default:
            try:
                ipaddress.IPv4Address(value)
            except ValueError:
                self.fail(name, f"must be an IPv4 address, not {value!r}")
        return value

    def prefixes(self, name, default=MISSING):
        """A list of IPv4 prefixes."""
        value = self.texts(name, default)
        if value is not default:
            for item in value:
                try:
                    ipaddress.IPv4Network(item)
                except ValueError as error:
                    self.fail(name, f"{item!r} is not an IPv4 prefix: {error}")
        return value

    def done(self):
        """Refuses what is left."""
        for name in self.values:
            if name not in self.asked:
                self.fail(name, "is not known here" + did_you_mean(name, self.asked))
