//! `GET /mailbox/folders`: the folders of a mailbox.

use super::document::{Format, parse, write};
use crate::protocol::cisco::xml::{Node, Unreadable};

/// Folders beyond this many are not read.
const MOST: usize = 64;

/// The folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// They.
    pub folders: Vec<Folder>,
}

/// One folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// As in `inbox`.
    pub name: String,
    /// So many messages are in it.
    pub messages: Option<u32>,
    /// Changes with every change in it.
    pub usn: Option<u64>,
}

impl Folders {
    /// Reads an answer. Folders without a name are left out.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<Folders, Unreadable> {
        let root = parse(bytes, "Folders", "the list of folders")?;
        Ok(Folders { folders: root.all("Folder").into_iter().filter_map(folder).take(MOST).collect() })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self, format: Format) -> Vec<u8> {
        let total = self.folders.len().to_string();
        write(&Node::new("Folders").with_attribute("total", total).with_all(self.folders.iter().map(Folder::node)), format)
    }
}

impl Folder {
    /// Reads the answer of one folder by itself.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<Folder, Unreadable> {
        const EXPECTED: &str = "a folder";
        let found = "a folder without a name".to_owned();
        folder(&parse(bytes, "Folder", EXPECTED)?).ok_or(Unreadable { expected: EXPECTED, found })
    }

    /// Writes the answer of one folder by itself.
    #[must_use]
    pub fn write(&self, format: Format) -> Vec<u8> {
        write(&self.node(), format)
    }

    fn node(&self) -> Node {
        let node = Node::new("Folder").with_leaf("DisplayName", &self.name);
        node.with_optional("MessageCount", self.messages).with_optional("USN", self.usn)
    }
}

fn folder(node: &Node) -> Option<Folder> {
    Some(Folder { name: node.string_of("DisplayName")?, messages: node.number_of("MessageCount"), usn: node.number_of("USN") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_and_three_are_written_as_they_are_read() {
        let inbox = Folder { name: "inbox".into(), messages: Some(3), usn: Some(17) };
        let sent = Folder { name: "sent".into(), ..Folder::default() };
        for format in [Format::Json, Format::Xml] {
            assert_eq!(Folder::parse(&inbox.write(format)), Ok(inbox.clone()));
            for folders in [vec![], vec![inbox.clone()], vec![inbox.clone(), sent.clone()]] {
                let folders = Folders { folders };
                assert_eq!(Folders::parse(&folders.write(format)), Ok(folders), "{format:?}");
            }
        }
    }
}
