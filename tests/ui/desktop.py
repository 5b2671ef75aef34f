# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright Tunnel Light contributors
"""A desktop without a screen: X server, session bus, window manager, panel, notifications.

Works as root without systemd and needs nothing from the desktop it may be started on. Everything
runs where `popen` starts it: on this computer, or on the one at home in the laboratory. Several
run side by side.
"""
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Callable, Mapping, Sequence

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from .icons import State, recognise  # noqa: E402
from .seeds import BUS_CONFIG, ICON_SIZE, PANEL_CONFIG, PANEL_HEIGHT  # noqa: E402
from .wait import wait_for  # noqa: E402

APP_ID = "io.github.tunnellight.TunnelLight"
ICON_CENTRE = 17  # of the first icon, in both directions, measured with xfce4-panel 4.18
MENU_ROW_HEIGHT = 16  # at least
COLOURS_OF_WORDS = 16  # at least, as their edges are smoothed
Popen = Callable[..., "subprocess.Popen[str]"]


def popen_here(argv: Sequence[str | Path], env: Mapping[str, str], **options: object):
    """subprocess.Popen with a login's environment, nothing of the caller's desktop."""
    passed = ("PATH", "LANG", "LANGUAGE", "LC_ALL", "LOCPATH", "ASAN_OPTIONS", "LSAN_OPTIONS")
    passed += ("UBSAN_OPTIONS", "G_DEBUG", "G_MESSAGES_DEBUG")
    own = {name: os.environ[name] for name in passed if name in os.environ}
    return subprocess.Popen(list(map(str, argv)), env={**own, **env}, text=True, **options)


class ProgramFailed(subprocess.CalledProcessError):
    """Says what the program said, too."""

    def __str__(self) -> str:
        said = (self.stderr or self.output or "").strip()
        return f"{' '.join(self.cmd)}: {said or f'exit status {self.returncode}'}"


class Desktop:
    """Starts with `with` or start(), and is gone after it or stop()."""

    def __init__(
        self,
        folder: Path,
        popen: Popen = popen_here,
        owner: int | None = None,
        environment: Mapping[str, str] | None = None,
        screen: str = "1400x1000",
        panel: bool = True,
        dark: bool = True,
    ) -> None:
        """folder: an empty one, to live in. owner: whose it is to be. environment: what is added.

        panel: whether there is a panel with a tray.
        """
        self.folder = folder
        self.popen = popen
        self.owner = owner
        self.screen = screen
        self.with_panel = panel
        self.dark = dark
        self.children: dict[str, subprocess.Popen[str]] = {}
        self.bus: Gio.DBusConnection | None = None
        self.environment = self._environment(environment or {})

    def __enter__(self) -> Desktop:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Life

    def start(self) -> None:
        self._write_files()
        self.environment["DISPLAY"] = f":{self._start_x()}"
        self._start_bus()
        self.start_notifications()
        self.spawn("xfwm4", ["xfwm4", "--compositor=off"])
        if self.with_panel:
            self.start_panel()

    def stop(self) -> None:
        """Ends everything, what was started last first."""
        if self.bus is not None:
            self.bus.close_sync(None)
            self.bus = None
        for name in reversed(list(self.children)):
            self.end(name)

    def spawn(
        self, name: str, argv: Sequence[str | Path], env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Starts a program on this desktop; its output goes to a log of that name."""
        with open(self.folder / f"{name}.log", "a", encoding="utf-8") as log:
            child = self.popen(
                argv,
                env={**self.environment, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.children[name] = child
        return child

    def run(
        self, argv: Sequence[str | Path], seconds: float = 30, env: Mapping[str, str] | None = None
    ) -> bytes:
        """Runs a program on this desktop to its end; its output."""
        child = self.popen(
            argv,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            out, said = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise
        if child.returncode:
            raise ProgramFailed(child.returncode, list(map(str, argv)), out, said)
        return out

    def end(self, name: str, how: int = signal.SIGTERM) -> int:
        """Ends what was spawned under this name and all it left behind; its exit status."""
        child = self.children.pop(name)
        if child.poll() is None:
            child.send_signal(how)
        try:
            return child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)

    def log(self, name: str) -> str:
        file = self.folder / f"{name}.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    # The panel

    def start_panel(self) -> None:
        self.spawn("xfce4-panel", ["xfce4-panel", "--disable-wm-check"])
        wait_for(self._has_host, "a panel with a tray")

    def stop_panel(self) -> None:
        self.end("xfce4-panel")
        wait_for(lambda: not self._has_host(), "the end of the panel")

    def items(self) -> list[tuple[str, str]]:
        """Bus name and object path of each item in the tray."""
        registered = self.get_property(
            "org.kde.StatusNotifierWatcher",
            "/StatusNotifierWatcher",
            "org.kde.StatusNotifierWatcher",
            "RegisteredStatusNotifierItems",
        )
        return [(name, f"/{path}") for name, _, path in (x.partition("/") for x in registered)]

    def item(self) -> dict[str, object] | None:
        """The properties of our item, or None while it is not there."""
        for name, path in self.items():
            if not path.endswith("/tunnel_light"):
                continue
            try:
                found = self.call(
                    name, path, "org.freedesktop.DBus.Properties", "GetAll",
                    GLib.Variant("(s)", ("org.kde.StatusNotifierItem",)),
                )  # fmt: skip
            except GLib.Error:
                return None
            return {**found[0], "bus-name": name}
        return None

    def light(self) -> str | None:
        """What the item says on the bus: the state in its icon's name."""
        item = self.item()
        return str(item["IconName"]).removeprefix(f"{APP_ID}-") if item else None

    def tray_pixels(self) -> State | None:
        """The state whose icon is seen in the panel, or None if it is none of them."""
        half = ICON_SIZE // 2 + 2
        corner = ICON_CENTRE - half
        crop = f"{2 * half}x{2 * half}+{corner}+{corner}"
        command = ["import", "-window", "root", "-crop", crop, "-depth", "8", "rgb:-"]
        return recognise(self._run_binary(command), 2 * half, ICON_SIZE)

    # The menu, over the bus and by mouse

    def menu(self) -> list[dict[str, object]]:
        """The rows of our menu that can be seen, each with "id", "label" and "enabled"."""
        item = self.item()
        assert item, "there is no item in the tray"
        arguments = GLib.Variant("(iias)", (0, -1, []))
        _, layout = self._call_menu(item, "GetLayout", arguments)
        rows = [{"id": row[0], **row[1]} for row in layout[2]]
        return [
            {"id": row["id"], "label": row.get("label", ""), "enabled": row.get("enabled", True)}
            for row in rows
            if row.get("visible", True) and row.get("type") != "separator"
        ]

    def click(self, label: str) -> None:
        """Chooses the row of the menu with this label (without its underscore)."""
        rows = [row for row in self.menu() if str(row["label"]).replace("_", "") == label]
        assert rows, f"no row “{label}” among {[row['label'] for row in self.menu()]}"
        assert rows[0]["enabled"], f"“{label}” cannot be chosen"
        arguments = GLib.Variant("(isvu)", (rows[0]["id"], "clicked", GLib.Variant("i", 0), 0))
        self._call_menu(self.item(), "Event", arguments)

    def open_menu(self) -> None:
        """By mouse, as a person does: going there takes a moment."""
        self.xdotool("mousemove", str(ICON_CENTRE), str(ICON_CENTRE), "sleep", "0.5", "click", "1")
        wait_for(self.popups, "the open menu")

    def close_menu(self) -> None:
        self.xdotool("key", "Escape")
        wait_for(lambda: not self.popups(), "the closed menu")

    def move_away(self) -> None:
        """Takes the mouse to where it causes no tooltip, and waits until the last one is gone."""
        width, height = self.screen.split("x")
        self.xdotool("mousemove", str(int(width) - 5), str(int(height) - 5))
        wait_for(lambda: not self._of_panel("TOOLTIP"), "the end of the tooltip")

    def popups(self) -> list[str]:
        """Windows that are open menus."""
        return self._of_panel("POPUP_MENU")

    def menu_is_drawn(self) -> bool:
        """Whether an open menu has all its rows, and words in them: more colours than a bare one."""
        height = MENU_ROW_HEIGHT * len(self.menu())
        return any(self._is_drawn(window, height) for window in self.popups())

    # Windows

    def windows(self) -> list[str]:
        """X ids of our windows that can be seen."""
        return self._search("--onlyvisible", "--name", "^Tunnel Light$")

    def xdotool(self, *arguments: str) -> str:
        return self.run(["xdotool", *arguments]).strip()

    def screenshot(self, file: Path, window: str = "root", area: str | None = None) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        crop = ["-crop", area] if area else []
        file.write_bytes(self._run_binary(["import", "-window", window, *crop, "png:-"]))

    def screenshot_of_panel(self, file: Path) -> None:
        """The panel's corner with the light, and the menu if it is open."""
        right, bottom = 16 * PANEL_HEIGHT, PANEL_HEIGHT
        for window in self.popups():
            said = self.xdotool("getwindowgeometry", "--shell", window).splitlines()
            box = dict(line.split("=") for line in said)
            right = max(right, int(box["X"]) + int(box["WIDTH"]))
            bottom = max(bottom, int(box["Y"]) + int(box["HEIGHT"]))
        self.screenshot(file, area=f"{right}x{bottom}+0+0")

    # Notifications

    def start_notifications(self) -> None:
        """A daemon that notes what it is told, with dbusmock's template."""
        template = ["/usr/bin/python3", "-m", "dbusmock", "--template", "notification_daemon"]
        self.spawn("notifications", [*template, "-p", '{"capabilities": "actions body"}'])
        wait_for(lambda: self.has_owner("org.freedesktop.Notifications"), "notifications")

    def notifications(self) -> list[dict[str, object]]:
        """What is to be seen now: not what was taken back. Title, body, actions, id."""
        shown: dict[int, dict[str, object]] = {}
        next_id = 1
        for name, arguments in self._notification_calls():
            if name == "CloseNotification":
                shown.pop(arguments[0], None)
            elif name == "Notify":
                _, replaces, _, title, body, actions, *_ = arguments
                number = replaces or next_id
                next_id += 0 if replaces else 1
                pairs = dict(zip(actions[1::2], actions[::2]))
                shown[number] = {"id": number, "title": title, "body": body, "actions": pairs}
        return list(shown.values())

    def sent(self) -> int:
        """How many notifications were ever sent."""
        return sum(name == "Notify" for name, _ in self._notification_calls())

    def press(self, notification: Mapping[str, object], label: str | None = None) -> None:
        """Presses a notification's button, or the notification itself, which closes it."""
        action = notification["actions"][label] if label else "default"
        arguments = [GLib.Variant("u", notification["id"]), GLib.Variant("s", action)]
        self.call(
            "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
            "org.freedesktop.DBus.Mock", "EmitSignal",
            GLib.Variant("(sssav)", ("org.freedesktop.Notifications", "ActionInvoked", "us",
                                     arguments)),
        )  # fmt: skip
        self.call(
            "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
            "org.freedesktop.Notifications", "CloseNotification",
            GLib.Variant("(i)", (notification["id"],)),
        )  # fmt: skip

    # The bus

    def call(
        self, name: str, path: str, interface: str, method: str,
        arguments: GLib.Variant | None = None,
    ) -> tuple:  # fmt: skip
        flags = Gio.DBusCallFlags.NO_AUTO_START
        reply = self.bus.call_sync(
            name, path, interface, method, arguments, None, flags, 10000, None
        )
        return reply.unpack()

    def get_property(self, name: str, path: str, interface: str, prop: str) -> object:
        arguments = GLib.Variant("(ss)", (interface, prop))
        return self.call(name, path, "org.freedesktop.DBus.Properties", "Get", arguments)[0]

    def has_owner(self, name: str) -> bool:
        driver = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        return self.call(*driver, "NameHasOwner", GLib.Variant("(s)", (name,)))[0]

    def activate_action(self, action: str, parameter: GLib.Variant | None = None) -> None:
        """What a click on a notification does in GNOME and out of a sandbox."""
        arguments = GLib.Variant("(sava{sv})", (action, [parameter] if parameter else [], {}))
        path = "/" + APP_ID.replace(".", "/")
        self.bus.call_sync(
            APP_ID, path, "org.freedesktop.Application", "ActivateAction", arguments, None,
            Gio.DBusCallFlags.NONE, 10000, None,
        )  # fmt: skip

    # Inside

    def _environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        folders = {"HOME": "home", "XDG_RUNTIME_DIR": "runtime", "XDG_CONFIG_HOME": "config"}
        folders |= {"XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state"}
        own = {name: str(self.folder / sub) for name, sub in folders.items()}
        own |= {"GDK_BACKEND": "x11", "GSETTINGS_BACKEND": "memory", "XDG_CURRENT_DESKTOP": "XFCE"}
        own["G_DEBUG"] = ""  # other people's programs may warn
        own["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={self.folder}/bus"
        return {**own, **extra}

    def _write_files(self) -> None:
        for name in ("home", "runtime", "config", "cache", "data", "state"):
            (self.folder / name).mkdir(mode=0o700, parents=True)
        (self.folder / "bus.conf").write_text(BUS_CONFIG.format(folder=self.folder))
        xfconf = self.folder / "config/xfce4/xfconf/xfce-perchannel-xml"
        xfconf.mkdir(parents=True)
        panel = PANEL_CONFIG.format(dark=str(self.dark).lower())
        (xfconf / "xfce4-panel.xml").write_text(panel)
        if self.owner is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.owner, self.owner)

    def _start_x(self) -> int:
        file = self.folder / "display"
        server = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{self.screen}x24"]
        server += ["-nolisten", "tcp", "-noreset"]
        with open(file, "w", encoding="utf-8") as out:
            with open(self.folder / "Xvfb.log", "w", encoding="utf-8") as log:
                self.children["Xvfb"] = self.popen(
                    server,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=log,
                    start_new_session=True,
                )
        wait_for(lambda: file.read_text().endswith("\n"), "the X server")
        return int(file.read_text())

    def _start_bus(self) -> None:
        config = f"--config-file={self.folder}/bus.conf"
        self.spawn("bus", ["dbus-daemon", "--nofork", "--nopidfile", config])
        address = self.environment["DBUS_SESSION_BUS_ADDRESS"]
        flags = Gio.DBusConnectionFlags
        wait_for(lambda: (self.folder / "bus").exists(), "the session bus")

        def connect() -> Gio.DBusConnection | None:
            try:
                return Gio.DBusConnection.new_for_address_sync(
                    address,
                    flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION,
                    None,
                    None,
                )
            except GLib.Error:
                return None

        self.bus = wait_for(connect, "a connection to the session bus")
        display = {k: self.environment[k] for k in ("DISPLAY",)}
        driver = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        self.call(*driver, "UpdateActivationEnvironment", GLib.Variant("(a{ss})", (display,)))

    def _has_host(self) -> bool:
        name = "org.kde.StatusNotifierWatcher"
        if not self.has_owner(name):
            return False
        try:
            registered = "IsStatusNotifierHostRegistered"
            return bool(self.get_property(name, "/StatusNotifierWatcher", name, registered))
        except GLib.Error:
            return False

    def _call_menu(self, item: Mapping[str, object], method: str, arguments: GLib.Variant) -> tuple:
        path = str(item["Menu"])
        return self.call(str(item["bus-name"]), path, "com.canonical.dbusmenu", method, arguments)

    def _notification_calls(self) -> list[tuple[str, list]]:
        calls = self.call(
            "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
            "org.freedesktop.DBus.Mock", "GetCalls",
        )[0]  # fmt: skip
        return [(name, arguments) for _, name, arguments in calls]

    def _run_binary(self, argv: Sequence[str]) -> bytes:
        child = self.popen(
            argv,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # The streams are text for other uses; bytes are wanted here.
        out = child.stdout.buffer.read()
        said = child.stderr.read()
        child.stdout.close()
        child.stderr.close()
        if child.wait():
            raise ProgramFailed(child.returncode, list(argv), stderr=said)
        return out

    def _search(self, *arguments: str) -> list[str]:
        try:
            return self.run(["xdotool", "search", *arguments]).split()
        except subprocess.CalledProcessError:
            return []  # it finds nothing

    def _of_panel(self, kind: str) -> list[str]:
        """Windows of a type that the panel shows. Its tray has a process of its own."""
        shown = self._search("--onlyvisible", "--class", "wrapper")
        return [window for window in shown if self._is_of_type(window, kind)]

    def _is_drawn(self, window: str, height: int) -> bool:
        try:
            seen = self.run(["import", "-window", window, "-format", "%h %k", "info:-"]).split()
        except subprocess.CalledProcessError:
            return False  # it is gone
        return int(seen[0]) >= height and int(seen[1]) >= COLOURS_OF_WORDS

    def _is_of_type(self, window: str, kind: str) -> bool:
        try:
            return kind in self.run(["xprop", "-id", window, "_NET_WM_WINDOW_TYPE"])
        except subprocess.CalledProcessError:
            return False  # it is gone
