//! One line of the doctor's report.

/// What is looked at, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The terminal, and what stands between it and us.
    Terminal,
    /// Where calls sound.
    Audio,
    /// The DNS.
    Dns,
    /// Certificates of servers, and files of authorities.
    Certificates,
    /// Where passwords are kept.
    Keyring,
    /// This machine's clock.
    Clock,
    /// Our folders, and what is in them.
    Folders,
}

impl Part {
    /// As the report calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Part::Terminal => "terminal",
            Part::Audio => "audio",
            Part::Dns => "dns",
            Part::Certificates => "certificates",
            Part::Keyring => "keyring",
            Part::Clock => "clock",
            Part::Folders => "folders",
        }
    }
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It works.
    Works,
    /// It does not.
    Fails,
    /// Nobody could tell, or there was nothing to look at.
    Unchecked,
}

impl Verdict {
    /// For people.
    #[must_use]
    pub const fn wording(self) -> &'static str {
        match self {
            Verdict::Works => "works",
            Verdict::Fails => "does not",
            Verdict::Unchecked => "not checked",
        }
    }

    /// For programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Works => "works",
            Verdict::Fails => "fails",
            Verdict::Unchecked => "unchecked",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of what.
    pub part: Part,
    /// How it is.
    pub verdict: Verdict,
    /// What was found, in a sentence. What others have said in it is safe to show.
    pub what: String,
    /// What to do; empty where there is nothing to be done.
    pub next: String,
}

impl Finding {
    /// Something works.
    #[must_use]
    pub fn works(part: Part, what: impl Into<String>) -> Finding {
        Finding { part, verdict: Verdict::Works, what: what.into(), next: String::new() }
    }

    /// Something does not.
    #[must_use]
    pub fn fails(part: Part, what: impl Into<String>, next: impl Into<String>) -> Finding {
        Finding { part, verdict: Verdict::Fails, what: what.into(), next: next.into() }
    }

    /// Something could not be looked at.
    #[must_use]
    pub fn unchecked(part: Part, what: impl Into<String>, next: impl Into<String>) -> Finding {
        Finding { part, verdict: Verdict::Unchecked, what: what.into(), next: next.into() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a table says of findings: each verdict, and words of what is said and of what to do.
    pub(in crate::engine::doctor) fn check(case: &str, found: &[Finding], wanted: &[(Verdict, &str)]) {
        let said: Vec<String> =
            found.iter().map(|finding| format!("{:?}: {} → {}", finding.verdict, finding.what, finding.next)).collect();
        for (verdict, words) in wanted {
            let is = |finding: &&Finding| {
                finding.verdict == *verdict && (finding.what.contains(words) || finding.next.contains(words))
            };
            assert!(found.iter().any(|finding| is(&finding)), "{case}: {verdict:?} “{words}” is not in {said:#?}");
        }
        for finding in found {
            assert!(finding.verdict != Verdict::Fails || !finding.next.is_empty(), "{case}: nothing to do: {said:#?}");
            assert!(finding.what.ends_with('.'), "{case}: {said:#?}");
        }
    }
}
