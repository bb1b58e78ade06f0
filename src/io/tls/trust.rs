//! The certificates that the user trusts by themselves: the exact certificate, per account, host and port.
//!
//! Two TOML files hold them: one that lasts (`$XDG_CONFIG_HOME/offhook/trust.toml`) and one for this login session
//! (`$XDG_RUNTIME_DIR/offhook/trust.toml`). They are read anew at every connection, so that what one process is told
//! counts in all. A file that cannot be understood is an error that names the line; it never counts as empty.

use super::fingerprint::Fingerprint;
use super::names;
use crate::engine::event::{AccountName, Problem};
use crate::io::private;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One trusted certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin {
    /// For whom.
    pub account: AccountName,
    /// At which host, as it was named.
    pub host: String,
    /// At which port.
    pub port: u16,
    /// Which certificate.
    pub sha256: Fingerprint,
}

/// How long a pin holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// Until it is removed.
    Lasting,
    /// Until the user logs out.
    Session,
}

/// The two lists.
#[derive(Clone, Debug)]
pub struct Trust {
    lasting: PathBuf,
    session: PathBuf,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    certificate: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    account: String,
    host: String,
    port: u16,
    sha256: String,
}

impl Trust {
    /// The lists under these two folders: `config` is offhook's own settings folder; `runtime` is `$XDG_RUNTIME_DIR`
    /// itself. Without one, a folder of this user under the temporary folder stands in.
    #[must_use]
    pub fn new(config: &Path, runtime: Option<&Path>) -> Trust {
        Trust { lasting: config.join("trust.toml"), session: session_folder(runtime).join("trust.toml") }
    }

    /// All pins, the lasting ones first.
    ///
    /// # Errors
    /// When a file cannot be read or understood.
    pub fn list(&self) -> Result<Vec<(Pin, Lifetime)>, Problem> {
        let mut all = Vec::new();
        for lifetime in [Lifetime::Lasting, Lifetime::Session] {
            all.extend(self.read(lifetime)?.into_iter().map(|pin| (pin, lifetime)));
        }
        Ok(all)
    }

    /// The certificates that are trusted for `account` at `host` and `port`.
    ///
    /// # Errors
    /// As for [`Trust::list`].
    pub fn pins(&self, account: &AccountName, host: &str, port: u16) -> Result<Vec<Fingerprint>, Problem> {
        let host = names::ascii(host);
        let all = self.list()?.into_iter();
        Ok(all
            .filter(|(pin, _)| pin.account == *account && pin.host == host && pin.port == port)
            .map(|(pin, _)| pin.sha256)
            .collect())
    }

    /// Adds a pin; one that is there already changes nothing.
    ///
    /// # Errors
    /// When the file cannot be read, understood or written.
    pub fn add(&self, mut pin: Pin, lifetime: Lifetime) -> Result<(), Problem> {
        pin.host = names::ascii(&pin.host);
        self.change(lifetime, |pins| {
            if !pins.contains(&pin) {
                pins.push(pin);
                pins.sort();
            }
        })
    }

    /// Removes the pins at `host` and `port` from both lists, of one account or of all, and says how many there were.
    ///
    /// # Errors
    /// As for [`Trust::add`].
    pub fn remove(&self, account: Option<&AccountName>, host: &str, port: u16) -> Result<usize, Problem> {
        let host = names::ascii(host);
        self.without(|pin| pin.host == host && pin.port == port && account.is_none_or(|name| *name == pin.account))
    }

    /// Removes all pins of `account`, which is no longer there, and says how many there were.
    ///
    /// # Errors
    /// As for [`Trust::add`].
    pub fn forget(&self, account: &AccountName) -> Result<usize, Problem> {
        self.without(|pin| pin.account == *account)
    }

    fn without(&self, meant: impl Fn(&Pin) -> bool) -> Result<usize, Problem> {
        let mut removed = 0;
        for lifetime in [Lifetime::Lasting, Lifetime::Session] {
            if self.read(lifetime)?.iter().any(&meant) {
                self.change(lifetime, |pins| {
                    let before = pins.len();
                    pins.retain(|pin| !meant(pin));
                    removed += before - pins.len();
                })?;
            }
        }
        Ok(removed)
    }

    fn path(&self, lifetime: Lifetime) -> &Path {
        match lifetime {
            Lifetime::Lasting => &self.lasting,
            Lifetime::Session => &self.session,
        }
    }

    fn read(&self, lifetime: Lifetime) -> Result<Vec<Pin>, Problem> {
        let path = self.path(lifetime);
        let Some(text) = private::read(path)? else { return Ok(Vec::new()) };
        parse(&text).map_err(|(line, why)| {
            let place = format!("{}:{line}", path.display());
            Problem::local(
                format!("{place}: the list of trusted certificates cannot be understood: {why}."),
                "Mend that line, or remove the file and trust the certificates anew.",
            )
        })
    }

    fn change(&self, lifetime: Lifetime, change: impl FnOnce(&mut Vec<Pin>)) -> Result<(), Problem> {
        let path = self.path(lifetime);
        let _lock = private::lock(path)?;
        let mut pins = self.read(lifetime)?;
        change(&mut pins);
        let text = toml::to_string(&written(&pins)).map_err(|why| unlisted(path, &why.to_string()))?;
        private::replace(path, &text)
    }
}

/// Where what lasts until the user logs out is kept.
#[must_use]
pub fn session_folder(runtime: Option<&Path>) -> PathBuf {
    match runtime {
        Some(runtime) => runtime.join("offhook"),
        None => std::env::temp_dir().join(format!("offhook-{}", rustix::process::getuid().as_raw())),
    }
}

fn unlisted(path: &Path, why: &str) -> Problem {
    Problem::local(
        format!("The list of trusted certificates {} cannot be written: {why}.", path.display()),
        "See to it that the file and its directory are yours and can be written.",
    )
}

/// Reads the file's text; an error carries its line.
fn parse(text: &str) -> Result<Vec<Pin>, (usize, String)> {
    let line_at = |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    let written: Written = toml::from_str(text)
        .map_err(|error| (error.span().map_or(1, |span| line_at(span.start)), error.message().to_owned()))?;
    let mut pins = Vec::with_capacity(written.certificate.len());
    for entry in written.certificate {
        let line = text.lines().position(|line| line.contains(entry.sha256.as_str())).map_or(1, |index| index + 1);
        let sha256 = Fingerprint::parse(&entry.sha256).ok_or((line, "sha256 is not 64 hexadecimal digits".to_owned()))?;
        pins.push(Pin { account: AccountName(entry.account), host: names::ascii(&entry.host), port: entry.port, sha256 });
    }
    Ok(pins)
}

fn written(pins: &[Pin]) -> Written {
    let entry = |pin: &Pin| Entry {
        account: pin.account.0.clone(),
        host: pin.host.clone(),
        port: pin.port,
        sha256: pin.sha256.to_string(),
    };
    Written { certificate: pins.iter().map(entry).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls_pki_types::CertificateDer;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn pin(account: &str, host: &str, port: u16, certificate: &[u8]) -> Pin {
        let sha256 = Fingerprint::of(&CertificateDer::from(certificate.to_vec()));
        Pin { account: AccountName(account.into()), host: host.into(), port, sha256 }
    }

    fn lists() -> (tempfile::TempDir, Trust) {
        let dir = tempfile::tempdir().unwrap();
        let trust = Trust::new(&dir.path().join("config/offhook"), Some(&dir.path().join("run")));
        (dir, trust)
    }

    #[test]
    fn pins_hold_for_one_account_host_and_port() {
        let (dir, trust) = lists();
        assert_eq!(trust.list().unwrap(), []);
        let work = pin("work", "IM.example.test", 5222, b"one");
        trust.add(work.clone(), Lifetime::Lasting).unwrap();
        trust.add(work.clone(), Lifetime::Lasting).unwrap();
        trust.add(pin("work", "::1", 5223, b"two"), Lifetime::Session).unwrap();
        assert_eq!(trust.list().unwrap().len(), 2);
        let name = AccountName("work".into());
        assert_eq!(trust.pins(&name, "im.example.test.", 5222).unwrap(), [work.sha256]);
        assert_eq!(trust.pins(&name, "[::1]", 5223).unwrap().len(), 1);
        assert_eq!(trust.pins(&name, "im.example.test", 5223).unwrap(), []);
        assert_eq!(trust.pins(&AccountName("home".into()), "im.example.test", 5222).unwrap(), []);
        let file = dir.path().join("config/offhook/trust.toml");
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(dir.path().join("run/offhook/trust.toml").exists());
        assert_eq!(trust.remove(Some(&AccountName("home".into())), "im.example.test", 5222).unwrap(), 0);
        assert_eq!(trust.remove(None, "im.example.test", 5222).unwrap(), 1);
        assert_eq!(trust.remove(None, "::1", 5223).unwrap(), 1);
        assert_eq!(trust.list().unwrap(), []);
        trust.add(work, Lifetime::Lasting).unwrap();
        trust.add(pin("work", "::1", 5223, b"two"), Lifetime::Session).unwrap();
        trust.add(pin("home", "::1", 5223, b"two"), Lifetime::Session).unwrap();
        assert_eq!(trust.forget(&name).unwrap(), 2);
        assert_eq!(trust.list().unwrap().len(), 1, "another account's stays");
    }

    #[test]
    fn a_list_that_is_not_understood_names_the_line() {
        let (dir, trust) = lists();
        let path = dir.path().join("config/offhook/trust.toml");
        trust.add(pin("work", "im.example.test", 5222, b"one"), Lifetime::Lasting).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for (bad, line) in [
            (good.replace("port = 5222", "port = 70000"), 4),
            (good.replace("host =", "hots ="), 3),
            (good.replace("sha256 = \"", "sha256 = \"x"), 5),
            ("[[certificate]]\naccount = ".to_owned(), 2),
        ] {
            fs::write(&path, &bad).unwrap();
            let problem = trust.list().unwrap_err();
            assert!(problem.what.contains(&format!("trust.toml:{line}:")), "{problem}\n{bad}");
            assert!(trust.add(pin("work", "x", 1, b"x"), Lifetime::Lasting).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), bad, "a list that is not understood stays as it is");
        }
    }

    #[test]
    fn a_list_that_others_could_have_written_is_refused() {
        let (dir, trust) = lists();
        trust.add(pin("work", "x", 1, b"x"), Lifetime::Session).unwrap();
        let folder = dir.path().join("run/offhook");
        let file = folder.join("trust.toml");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(trust.list().is_err() && trust.add(pin("work", "y", 1, b"y"), Lifetime::Session).is_err());
        fs::remove_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink(dir.path(), &folder).unwrap();
        assert!(trust.add(pin("work", "x", 1, b"x"), Lifetime::Session).is_err());
    }
}
