//! The way of sound: whether calls are heard and hear, and where.

use super::finding::{Finding, Part};
use crate::engine::event::{Sound, SoundPath};
use crate::machine::visible_line;

/// What is to be said of it; none where the devices did not answer in time.
#[must_use]
pub fn judge(sound: Option<&Sound>) -> Vec<Finding> {
    const PART: Part = Part::Audio;
    let Some(sound) = sound else {
        let next = "Restart the sound server: systemctl --user restart pipewire pipewire-pulse, or pulseaudio -k";
        return vec![Finding::fails(PART, "The sound devices did not answer in time.", next)];
    };
    let mut found = vec![match &sound.path {
        SoundPath::Devices => Finding::works(PART, "Microphone and loudspeaker can be opened."),
        SoundPath::Unknown => Finding::unchecked(PART, "Nobody has told of the sound devices.", ""),
        SoundPath::Silent(why) => {
            let why = visible_line(why);
            let why = if why.ends_with('.') { why } else { format!("{why}.") };
            Finding::fails(PART, why, "Connect a headset, or choose devices in the settings (g s).")
        }
    }];
    for (what, chosen, there) in [("microphone", &sound.input, &sound.inputs), ("loudspeaker", &sound.output, &sound.outputs)] {
        if let Some(chosen) = chosen.as_ref().filter(|chosen| !there.contains(chosen)) {
            let what = format!("The {what} that you have chosen, {}, is not there.", visible_line(chosen));
            found.push(Finding::fails(PART, what, "Connect it, or choose another in the settings (g s)."));
        }
    }
    if let Some(through) = &sound.through {
        found.push(Finding::works(PART, format!("Over SSH, sound goes through {}.", visible_line(through))));
    } else if sound.over_ssh {
        let next =
            "To hear calls where you sit, forward a sound server: ssh -R 24713:localhost:4713 and PULSE_SERVER=localhost:24713";
        found.push(Finding::fails(PART, "Over SSH, these are the devices of the far machine, not yours.", next));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict::{Fails, Works};
    use super::super::finding::tests::check;
    use super::*;

    #[test]
    fn each_fault_is_said_with_what_to_do() {
        let silent = |why: &str| Sound { path: SoundPath::Silent(why.into()), ..Sound::default() };
        let good = || Sound { path: SoundPath::Devices, inputs: vec!["Mic".into()], ..Sound::default() };
        for (case, sound, wanted) in [
            ("good", Some(good()), vec![(Works, "can be opened")]),
            (
                "silent",
                Some(silent("Calls are silent: no sound device can be opened (x)")),
                vec![(Fails, "can be opened (x).")],
            ),
            (
                "gone",
                Some(Sound { input: Some("Old".into()), ..good() }),
                vec![(Works, "opened"), (Fails, "Old, is not there")],
            ),
            ("chosen", Some(Sound { input: Some("Mic".into()), ..good() }), vec![(Works, "opened")]),
            ("far", Some(Sound { over_ssh: true, ..good() }), vec![(Fails, "not yours"), (Fails, "PULSE_SERVER")]),
            ("near", Some(Sound { through: Some("PulseAudio at localhost".into()), ..good() }), vec![(Works, "localhost")]),
            ("stuck", None, vec![(Fails, "in time")]),
        ] {
            check(case, &judge(sound.as_ref()), &wanted);
        }
        let chosen = Sound { input: Some("Mic".into()), ..good() };
        assert_eq!(judge(Some(&chosen)).len(), 1);
    }
}
