//! Stream management as one stream counts it (XEP-0198): from `<enable/>` on, while the server counts from the session's
//! beginning. What is needed to go on after a break stands in the session's name, so that nothing is kept between streams.

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Stanzas that came from the client in this session.
    pub(super) heard: u32,
    /// Stanzas that went to the client in this session.
    pub(super) sent: u32,
    /// Of those, how many before stream management began.
    before: Option<Before>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Before {
    heard: u32,
    sent: u32,
}

impl Counts {
    /// Stream management begins.
    pub(super) fn begin(&mut self) {
        self.before = Some(Before { heard: self.heard, sent: self.sent });
    }

    /// Whether it has begun.
    pub(super) fn are_managed(&self) -> bool {
        self.before.is_some()
    }

    /// What `h` says to the client.
    pub(super) fn h(&self) -> u32 {
        self.heard.wrapping_sub(self.before.map_or(0, |before| before.heard))
    }

    /// What the client's `h` means to the server; none where it says more than there was.
    pub(super) fn acknowledged(&self, h: u32) -> Option<u32> {
        let count = h.checked_add(self.before.map_or(0, |before| before.sent))?;
        (count <= self.sent).then_some(count)
    }

    /// The name of the session, for its resumption: it holds the counts and the resource.
    pub(super) fn name(&self, session: u64, resource: &str) -> String {
        let before = self.before.unwrap_or(Before { heard: 0, sent: 0 });
        format!("{session}-{}-{}-{resource}", before.heard, before.sent)
    }

    /// The session of this name: its number, its resource, and counts as they were when management began.
    pub(super) fn of_name(name: &str) -> Option<(u64, String, Counts)> {
        let mut parts = name.splitn(4, '-');
        let mut number = || parts.next()?.parse::<u64>().ok();
        let (session, heard, sent) = (number()?, number()?, number()?);
        let (heard, sent) = (u32::try_from(heard).ok()?, u32::try_from(sent).ok()?);
        let resource = parts.next().filter(|resource| !resource.is_empty())?.to_owned();
        Some((session, resource, Counts { heard, sent, before: Some(Before { heard, sent }) }))
    }
}
