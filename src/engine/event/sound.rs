//! Where sound comes from and goes to on this machine.

/// The microphone and the loudspeaker that calls use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    /// Names of what can be heard from.
    pub inputs: Vec<String>,
    /// Names of what can be played to.
    pub outputs: Vec<String>,
    /// What the user chose; none for the system's default.
    pub input: Option<String>,
    /// What the user chose; none for the system's default.
    pub output: Option<String>,
    /// Whether calls have sound at all.
    pub path: SoundPath,
    /// The terminal is on the far side of SSH, and nothing carries the sound there: these devices are this machine's, not
    /// the user's.
    pub over_ssh: bool,
    /// What carries the sound to the user's own machine, where something does although the terminal is on the far side of
    /// SSH: as in `PulseAudio at tcp:localhost:4713`.
    pub through: Option<String>,
}

/// Whether calls have sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SoundPath {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// There is a device each way.
    Devices,
    /// We are heard but hear nothing, hear but are not heard, or neither; calls work silently. Why, in a sentence.
    Silent(String),
}
