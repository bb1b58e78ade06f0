//! `GET /version`: the release of UDS, and what it can do.

use crate::protocol::cisco::xml::{Node, Unreadable, parse};

/// The release that our writers name.
pub const WRITTEN: &str = "12.5.1";

/// Release and capabilities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// As in `12.5.1`.
    pub version: Option<String>,
    /// `usersResourceAuthEnabled`: a search needs the user's password (11.5 and later).
    pub users_need_password: bool,
}

impl Version {
    /// Reads an answer.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<Version, Unreadable> {
        let root = parse(bytes, "versionInformation", "the version of UDS")?;
        Ok(Version {
            version: root.string_of("version").or(root.attribute("version").map(ToOwned::to_owned)),
            users_need_password: root.flag_of("usersResourceAuthEnabled").unwrap_or(false),
        })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let capabilities =
            Node::new("capabilities").with_leaf("usersResourceAuthEnabled", self.users_need_password.to_string());
        Node::new("versionInformation").with_optional("version", self.version.as_ref()).with(capabilities).write()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_release_says_nothing_of_capabilities() {
        let version = Version { version: Some("11.5.1".into()), users_need_password: true };
        assert_eq!(Version::parse(&version.write()), Ok(version));
        let old = Version::parse(b"<versionInformation version='10.5'/>").unwrap();
        assert_eq!(old, Version { version: Some("10.5".into()), users_need_password: false });
    }
}
