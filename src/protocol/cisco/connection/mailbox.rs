//! `GET /mailbox`: whether the mailbox can be used, and how full it is.

use super::document::{Format, parse, write};
use crate::protocol::cisco::xml::{Node, Unreadable};

/// The mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// Name for people.
    pub name: Option<String>,
    /// So full, in bytes.
    pub size: Option<u64>,
    /// It can be used: its store is there, and it is there.
    pub mounted: bool,
    /// Messages that are deleted can be put back.
    pub keeps_deleted: bool,
    /// Full beyond the first bound: the user is warned.
    pub warned: bool,
    /// Full beyond the second bound: nothing can be sent.
    pub send_blocked: bool,
    /// Full beyond the third bound: nothing is received.
    pub receive_blocked: bool,
}

impl Mailbox {
    /// Reads an answer. What is not said does not stand in the way.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<Mailbox, Unreadable> {
        let root = parse(bytes, "Mailbox", "the mailbox")?;
        let is = |name: &str, unsaid: bool| root.flag_of(name).unwrap_or(unsaid);
        Ok(Mailbox {
            name: root.string_of("DisplayName"),
            size: root.number_of("CurrentSizeInBytes"),
            mounted: is("IsStoreMounted", true) && is("IsMailboxMounted", true),
            keeps_deleted: is("IsDeletedFolderEnabled", true),
            warned: is("IsWarningQuotaExceeded", false),
            send_blocked: is("IsSendQuotaExceeded", false),
            receive_blocked: is("IsReceiveQuotaExceeded", false),
        })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self, format: Format) -> Vec<u8> {
        let node = Node::new("Mailbox")
            .with_optional("DisplayName", self.name.as_ref())
            .with_optional("CurrentSizeInBytes", self.size)
            .with_leaf("IsPrimary", "true")
            .with_leaf("IsStoreMounted", self.mounted.to_string())
            .with_leaf("IsMailboxMounted", self.mounted.to_string())
            .with_leaf("IsDeletedFolderEnabled", self.keeps_deleted.to_string())
            .with_leaf("IsWarningQuotaExceeded", self.warned.to_string())
            .with_leaf("IsSendQuotaExceeded", self.send_blocked.to_string())
            .with_leaf("IsReceiveQuotaExceeded", self.receive_blocked.to_string())
            .with_leaf("FoldersURI", "/vmrest/mailbox/folders");
        write(&node, format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_written_as_it_is_read() {
        let full = Mailbox {
            name: Some("Ana".into()),
            size: Some(13_000_000),
            mounted: false,
            keeps_deleted: false,
            warned: true,
            send_blocked: true,
            receive_blocked: true,
        };
        for format in [Format::Json, Format::Xml] {
            assert_eq!(Mailbox::parse(&full.write(format)), Ok(full.clone()));
        }
        let unsaid = Mailbox { mounted: true, keeps_deleted: true, ..Mailbox::default() };
        assert_eq!(Mailbox::parse(b"{}"), Ok(unsaid));
    }
}
