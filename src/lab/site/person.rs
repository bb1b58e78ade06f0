//! Somebody who works at the site.

use serde::Deserialize;
use toml::Spanned;

/// Somebody who works at the site.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Person {
    /// The user name; the address is this at the site's domain.
    pub name: Spanned<UserName>,
    /// The password, for everything.
    pub password: String,
    /// The directory number.
    pub number: Spanned<Number>,
    /// The first name; the user name in capitals where it is not said.
    #[serde(default)]
    pub first_name: String,
    /// The last name.
    #[serde(default)]
    pub last_name: String,
    /// The names of the phones, which say what they are by how they begin (fact sheet §5); one `CSF` and the name in
    /// capitals where it is not said.
    pub devices: Option<Vec<DeviceName>>,
    /// Which cluster is their home.
    #[serde(default)]
    pub cluster: Cluster,
    /// Whether they have IM and Presence.
    #[serde(default = "yes")]
    pub chat: bool,
    /// The department, for the directory.
    #[serde(default)]
    pub department: String,
    /// What they are, for the directory.
    #[serde(default)]
    pub title: String,
}

fn yes() -> bool {
    true
}

impl Person {
    /// The user name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.name.get_ref().0
    }

    /// The directory number.
    #[must_use]
    pub fn extension(&self) -> &str {
        &self.number.get_ref().0
    }

    /// The names of their phones.
    #[must_use]
    pub fn devices(&self) -> Vec<String> {
        match &self.devices {
            Some(named) => named.iter().map(|device| device.0.clone()).collect(),
            None => vec![format!("CSF{}", self.user().to_ascii_uppercase())],
        }
    }

    /// The name to show.
    #[must_use]
    pub fn display_name(&self) -> String {
        let whole = format!("{} {}", self.first_name(), self.last_name);
        whole.trim().to_owned()
    }

    /// The first name.
    #[must_use]
    pub fn first_name(&self) -> String {
        if !self.first_name.is_empty() {
            return self.first_name.clone();
        }
        let mut letters = self.user().chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    }
}

/// A cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "u8")]
pub enum Cluster {
    /// Which `_cisco-uds` leads to.
    #[default]
    First,
    /// Which only the first one knows of.
    Second,
}

impl TryFrom<u8> for Cluster {
    type Error = String;

    fn try_from(number: u8) -> Result<Cluster, String> {
        match number {
            1 => Ok(Cluster::First),
            2 => Ok(Cluster::Second),
            _ => Err("there are clusters 1 and 2".into()),
        }
    }
}

/// A text that stands in names of files, in URLs and in addresses as it is.
macro_rules! plain_text {
    ($(#[$about:meta])* $name:ident, $is_right:expr, $wrong:literal) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<$name, String> {
                let is_right: fn(char) -> bool = $is_right;
                let right = (1..=64).contains(&text.len()) && text.chars().all(is_right);
                if right { Ok($name(text)) } else { Err(format!("{text:?} {}", $wrong)) }
            }
        }
    };
}

plain_text!(
    /// A user name.
    UserName,
    |letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '-' | '_'),
    "is no user name: small letters, digits, dots, hyphens and underscores"
);
plain_text!(
    /// A directory number.
    Number,
    |letter| letter.is_ascii_digit() || letter == '+',
    "is no number: digits, and + before them"
);
plain_text!(
    /// The name of a phone.
    DeviceName,
    |letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || matches!(letter, '.' | '-' | '_'),
    "is no device: capital letters and digits, as in \"CSFANA\""
);
