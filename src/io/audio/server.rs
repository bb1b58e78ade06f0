//! Sound servers of the user, which of them run, and whether one carries the sound to the user's own machine when the
//! terminal is on the far side of SSH.

use std::path::{Path, PathBuf};

/// What speaks for the cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// PipeWire, by its own plugin.
    PipeWire,
    /// PulseAudio, or PipeWire in its place.
    PulseAudio,
}

impl Server {
    /// The server that an ALSA plugin of this name speaks to.
    #[must_use]
    pub fn of_plugin(name: &str) -> Option<Server> {
        match name {
            "pipewire" => Some(Server::PipeWire),
            "pulse" => Some(Server::PulseAudio),
            _ => None,
        }
    }

    /// What a person calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Server::PipeWire => "PipeWire",
            Server::PulseAudio => "PulseAudio",
        }
    }

    /// Those that can be reached.
    #[must_use]
    pub fn running() -> Vec<Server> {
        let surroundings = Surroundings::of_this_process();
        let known = [(Server::PipeWire, surroundings.pipewire()), (Server::PulseAudio, surroundings.pulse())];
        known.into_iter().filter(|(_, there)| *there).map(|(server, _)| server).collect()
    }
}

/// What the environment says of sound and of SSH.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `SSH_CONNECTION` is set.
    pub ssh: bool,
    /// `PULSE_SERVER`
    pub pulse_server: Option<String>,
    /// `PIPEWIRE_REMOTE`
    pub pipewire_remote: Option<String>,
    /// `XDG_RUNTIME_DIR`
    pub runtime: Option<PathBuf>,
}

impl Surroundings {
    /// As they are.
    #[must_use]
    pub fn of_this_process() -> Surroundings {
        let said = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Surroundings {
            ssh: said("SSH_CONNECTION").is_some(),
            pulse_server: said("PULSE_SERVER"),
            pipewire_remote: said("PIPEWIRE_REMOTE"),
            runtime: said("XDG_RUNTIME_DIR").map(PathBuf::from),
        }
    }

    fn pulse(&self) -> bool {
        let own = || self.runtime.as_ref().is_some_and(|folder| folder.join("pulse/native").exists());
        self.pulse_server.is_some() || own() || Path::new("/run/pulse/native").exists()
    }

    fn pipewire(&self) -> bool {
        let name = self.pipewire_remote.as_deref().unwrap_or("pipewire-0");
        self.runtime.as_ref().is_some_and(|folder| folder.join(name).exists())
    }

    /// The terminal is on the far side of SSH: what carries the sound there, in words, if anything does.
    ///
    /// A server that was named by the environment was named by the user: `PULSE_SERVER` with an address of the network, or
    /// with a socket that is not this machine's own, and `PIPEWIRE_REMOTE`.
    #[must_use]
    pub fn carried_by(&self) -> Option<String> {
        if !self.ssh {
            return None;
        }
        let own = |path: &str| {
            path.starts_with("/run/pulse/") || self.runtime.as_ref().is_some_and(|folder| Path::new(path).starts_with(folder))
        };
        let pulse = self.pulse_server.as_deref().filter(|server| {
            let path = server.strip_prefix("unix:").unwrap_or(server);
            !path.starts_with('/') || !own(path)
        });
        let pipewire = self.pipewire_remote.as_deref().filter(|remote| *remote != "pipewire-0");
        let (server, place) = match (pulse, pipewire) {
            (Some(place), _) => (Server::PulseAudio, place),
            (None, Some(place)) => (Server::PipeWire, place),
            (None, None) => return None,
        };
        Some(format!("{} at {}", server.name(), crate::machine::visible_line(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over_ssh(pulse_server: Option<&str>, pipewire_remote: Option<&str>) -> Option<String> {
        let runtime = Some(PathBuf::from("/run/user/1000"));
        let said = |text: Option<&str>| text.map(str::to_owned);
        Surroundings { ssh: true, pulse_server: said(pulse_server), pipewire_remote: said(pipewire_remote), runtime }
            .carried_by()
    }

    #[test]
    fn over_ssh_only_a_server_that_was_named_reaches_the_user() {
        assert_eq!(over_ssh(None, None), None);
        assert_eq!(over_ssh(Some("unix:/run/user/1000/pulse/native"), Some("pipewire-0")), None);
        assert_eq!(over_ssh(Some("tcp:localhost:4713"), None).unwrap(), "PulseAudio at tcp:localhost:4713");
        assert_eq!(over_ssh(Some("unix:/tmp/forwarded\u{1b}"), None).unwrap(), "PulseAudio at unix:/tmp/forwarded␛");
        assert_eq!(over_ssh(Some("192.0.2.7"), None).unwrap(), "PulseAudio at 192.0.2.7");
        assert_eq!(over_ssh(None, Some("/tmp/pw")).unwrap(), "PipeWire at /tmp/pw");
        let here = Surroundings { pulse_server: Some("tcp:localhost:4713".into()), ..Surroundings::default() };
        assert_eq!(here.carried_by(), None);
    }
}
