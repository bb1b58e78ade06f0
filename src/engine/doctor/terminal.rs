//! The terminal: what it can draw, and what reaches it through whatever stands between.

use super::finding::{Finding, Part};
use crate::machine::visible_line;

/// What is known of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Stdout is one.
    pub is_one: bool,
    /// `TERM`
    pub term: String,
    /// How many colours are drawn, in words; or why no screen can be drawn, and what to do.
    pub colours: Result<&'static str, (String, String)>,
    /// `NO_COLOR` is set.
    pub no_colour: bool,
    /// Columns and rows, where it says so.
    pub size: Option<(u16, u16)>,
    /// The first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set.
    pub locale: String,
    /// OSC sequences reach something that understands or swallows them.
    pub understands_osc: bool,
    /// We are on the far side of SSH.
    pub ssh: bool,
    /// We are on the far side of mosh.
    pub mosh: bool,
    /// We are in GNU screen.
    pub screen: bool,
    /// We are in tmux.
    pub tmux: Option<Tmux>,
    /// Whether photos of people are shown, and how that is said; empty for not known.
    pub photos: (bool, &'static str),
}

/// What tmux says of itself; empty where it did not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tmux {
    /// `set-clipboard`
    pub clipboard: String,
    /// `escape-time`, in milliseconds.
    pub escape_time: Option<u32>,
}

/// Below this the screen hides parts of itself.
const ROOMY: (u16, u16) = (60, 15);

/// tmux waits so long for what follows an escape before anybody feels it.
const ESCAPE_TIME: u32 = 100;

/// What is to be said of it.
#[must_use]
pub fn judge(terminal: &Terminal) -> Vec<Finding> {
    const PART: Part = Part::Terminal;
    if !terminal.is_one {
        let next = "Run it in the terminal in which you use offhook, and not through a pipe.";
        return vec![Finding::unchecked(PART, "The output is no terminal.", next)];
    }
    let mut found = Vec::new();
    match &terminal.colours {
        Ok(colours) => {
            let why = if terminal.no_colour { ", as NO_COLOR asks" } else { "" };
            found.push(Finding::works(PART, format!("TERM is {}: {colours}{why}.", visible_line(&terminal.term))));
        }
        Err((what, next)) => found.push(Finding::fails(PART, what.clone(), next.clone())),
    }
    found.push(match terminal.size {
        None => Finding::unchecked(PART, "It does not say how large it is; 80 × 24 is taken.", ""),
        Some((columns, rows)) if columns < ROOMY.0 || rows < ROOMY.1 => Finding::fails(
            PART,
            format!("{columns} × {rows} is small: not all of the screen is drawn."),
            format!("Give it {} columns and {} rows or more.", ROOMY.0, ROOMY.1),
        ),
        Some((columns, rows)) => Finding::works(PART, format!("{columns} columns, {rows} rows.")),
    });
    found.push(locale(&terminal.locale));
    found.push(clipboard(terminal));
    match terminal.photos {
        (_, "") => {}
        (true, says) => found.push(Finding::works(PART, format!("Photos of people: {says}."))),
        (false, says) => found.push(Finding::unchecked(PART, format!("Photos of people: {says}; none is fetched."), "")),
    }
    if let Some(tmux) = &terminal.tmux
        && let Some(time) = tmux.escape_time.filter(|time| *time > ESCAPE_TIME)
    {
        let what = format!("tmux holds the Escape key back for {time} ms (escape-time).");
        found.push(Finding::fails(PART, what, "Write to ~/.tmux.conf: set -sg escape-time 20"));
    }
    if terminal.mosh {
        let what = "mosh stands between, and does not say of which version.";
        let next = "Before 1.4 it drops 24-bit colours and copied text.";
        found.push(Finding::unchecked(PART, what, next));
    } else if terminal.ssh {
        found.push(Finding::works(PART, "It is on the far side of SSH, which hands on all that is drawn."));
    }
    found
}

fn locale(locale: &str) -> Finding {
    let charset = locale.split_once('.').map(|(_, charset)| charset.split('@').next().unwrap_or_default());
    let charset = charset.unwrap_or_default().to_ascii_lowercase().replace('-', "");
    if charset == "utf8" {
        return Finding::works(Part::Terminal, format!("The locale {} is UTF-8.", visible_line(locale)));
    }
    let what = match locale {
        "" => "No locale is set, so the terminal may not take UTF-8.".to_owned(),
        locale => format!("The locale {} is not UTF-8: other letters than ASCII may come out wrong.", visible_line(locale)),
    };
    Finding::fails(Part::Terminal, what, "Set one that is: export LANG=C.UTF-8")
}

fn clipboard(terminal: &Terminal) -> Finding {
    let refused = |what: &str, next: &str| Finding::fails(Part::Terminal, what, next);
    match &terminal.tmux {
        _ if terminal.screen => {
            refused("GNU screen does not hand copied text on (OSC 52).", "Mark text with the mouse, or use tmux in its place.")
        }
        _ if !terminal.understands_osc => refused(
            "This terminal has no clipboard that a program can reach (OSC 52).",
            "Mark text with the mouse, or use another terminal.",
        ),
        Some(tmux) => match tmux.clipboard.as_str() {
            "on" => Finding::unchecked(
                Part::Terminal,
                "tmux takes copied text (OSC 52) and hands it on.",
                "Whether the terminal around it does, no program can tell: copy something and see.",
            ),
            "" => Finding::unchecked(Part::Terminal, "tmux did not say whether it takes copied text (set-clipboard).", ""),
            other => refused(
                &format!("tmux takes no copied text from programs (set-clipboard is {}).", visible_line(other)),
                "Write to ~/.tmux.conf: set -s set-clipboard on",
            ),
        },
        None => Finding::unchecked(
            Part::Terminal,
            "Copied text goes to the terminal by OSC 52.",
            "Whether it takes it, no program can tell: copy something and see.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict::{Fails, Unchecked, Works};
    use super::super::finding::tests::check;
    use super::*;

    fn good() -> Terminal {
        Terminal {
            is_one: true,
            term: "xterm-256color".into(),
            colours: Ok("24-bit colours"),
            size: Some((120, 40)),
            locale: "cs_CZ.UTF-8".into(),
            understands_osc: true,
            no_colour: false,
            ssh: false,
            mosh: false,
            screen: false,
            tmux: None,
            photos: (false, ""),
        }
    }

    #[test]
    fn each_fault_is_said_with_what_to_do() {
        let tmux = |clipboard: &str, escape_time| Some(Tmux { clipboard: clipboard.into(), escape_time });
        let no_screen = Err(("TERM is not set.".to_owned(), "Set it.".to_owned()));
        for (case, terminal, wanted) in [
            ("good", good(), vec![(Works, "24-bit colours."), (Works, "120 columns"), (Works, "UTF-8"), (Unchecked, "OSC 52")]),
            ("a pipe", Terminal { is_one: false, ..good() }, vec![(Unchecked, "no terminal")]),
            ("TERM", Terminal { colours: no_screen, ..good() }, vec![(Fails, "TERM is not set")]),
            ("NO_COLOR", Terminal { no_colour: true, colours: Ok("no colours"), ..good() }, vec![(Works, "as NO_COLOR asks")]),
            ("small", Terminal { size: Some((59, 40)), ..good() }, vec![(Fails, "60 columns and 15 rows")]),
            ("no size", Terminal { size: None, ..good() }, vec![(Unchecked, "80 × 24")]),
            ("C", Terminal { locale: "C".into(), ..good() }, vec![(Fails, "locale C is not UTF-8")]),
            ("latin 1", Terminal { locale: "de_DE@euro".into(), ..good() }, vec![(Fails, "LANG=C.UTF-8")]),
            ("none", Terminal { locale: String::new(), ..good() }, vec![(Fails, "No locale")]),
            ("utf8", Terminal { locale: "C.utf8".into(), ..good() }, vec![(Works, "C.utf8")]),
            ("console", Terminal { understands_osc: false, ..good() }, vec![(Fails, "no clipboard")]),
            ("screen", Terminal { screen: true, ..good() }, vec![(Fails, "GNU screen")]),
            ("tmux", Terminal { tmux: tmux("on", Some(20)), ..good() }, vec![(Unchecked, "hands it on")]),
            ("external", Terminal { tmux: tmux("external", None), ..good() }, vec![(Fails, "set -s set-clipboard on")]),
            ("slow", Terminal { tmux: tmux("on", Some(500)), ..good() }, vec![(Fails, "500 ms")]),
            ("silent", Terminal { tmux: tmux("", None), ..good() }, vec![(Unchecked, "did not say")]),
            ("mosh", Terminal { mosh: true, ssh: true, ..good() }, vec![(Unchecked, "Before 1.4")]),
            ("kitty", Terminal { photos: (true, "shown"), ..good() }, vec![(Works, "Photos of people: shown.")]),
            ("no photos", Terminal { photos: (false, "tmux"), ..good() }, vec![(Unchecked, "tmux; none is fetched.")]),
            ("ssh", Terminal { ssh: true, ..good() }, vec![(Works, "far side of SSH")]),
        ] {
            check(case, &judge(&terminal), &wanted);
        }
        assert!(judge(&good()).iter().all(|finding| finding.verdict != Fails));
    }
}
