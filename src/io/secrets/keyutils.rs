//! The user's own keyring in the kernel (keyrings(7)): whoever signs in to this machine as the user finds it, and a reboot
//! empties it. Our keys are called `offhook:FOLDER:NAME` after the folder whose accounts they are for, so that those who keep
//! several apart, or try something out, share no passwords.
//!
//! All of it blocks for no longer than a system call; but a thread that has looked into it holds a keyring of its own from
//! then on.

use super::vault::Vault;
use crate::io::private;
use crate::machine::Secret;
use linux_keyutils::{Key, KeyError, KeyRing, KeyRingIdentifier};
use std::path::Path;
use zeroize::Zeroizing;

/// The most that the kernel keeps in one key.
const LARGEST: usize = 32 << 10;

/// Where the kernel lists the keys that we may see (proc(5)).
const KEYS: &str = "/proc/keys";

/// The user's keyring.
#[derive(Clone, Debug)]
pub struct Keyutils {
    ring: KeyRing,
    /// What stands before the names of our keys.
    prefix: String,
}

impl Keyutils {
    /// It, where the kernel has one for us, for the accounts of this folder.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn open(folder: &Path) -> Result<Keyutils, String> {
        // A session of its own, as `keyctl session` and some logins make, does not hold the user's keyring: without a way
        // to it from our thread, what is in it could be written and not read.
        let ring = KeyRing::from_special_id(KeyRingIdentifier::Thread, true)
            .and_then(|thread| thread.link_keyring_id(KeyRingIdentifier::User))
            .and_then(|()| KeyRing::from_special_id(KeyRingIdentifier::User, true));
        let prefix = format!("offhook:{}:", folder.display());
        ring.map(|ring| Keyutils { ring, prefix }).map_err(|why| format!("The kernel gives no keyring: {}.", said(why)))
    }

    fn find(&self, name: &str) -> Result<Option<Key>, KeyError> {
        match self.ring.search(&format!("{}{name}", self.prefix)) {
            Ok(key) => Ok(Some(key)),
            Err(KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked) => Ok(None),
            Err(why) => Err(why),
        }
    }
}

impl Vault for Keyutils {
    fn read(&self, name: &str) -> Result<Option<Secret>, String> {
        let refused = |why| format!("The kernel's keyring does not tell the password {name}: {}.", said(why));
        let Some(key) = self.find(name).map_err(refused)? else { return Ok(None) };
        let mut bytes = Zeroizing::new(vec![0; LARGEST]);
        let length = key.read(&mut *bytes).map_err(refused)?;
        let text = bytes.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| format!("The kernel's keyring holds no text as the password {name}."))?;
        Ok(Some(Secret::new(text.to_owned())))
    }

    fn write(&self, name: &str, password: &Secret) -> Result<(), String> {
        let added = self.ring.add_key(&format!("{}{name}", self.prefix), password.expose());
        added.map(drop).map_err(|why| format!("The kernel's keyring does not keep the password {name}: {}.", said(why)))
    }

    fn delete(&self, name: &str) -> Result<bool, String> {
        let refused = |why| format!("The kernel's keyring does not forget the password {name}: {}.", said(why));
        let Some(key) = self.find(name).map_err(refused)? else { return Ok(false) };
        key.invalidate().map_err(refused)?;
        Ok(true)
    }

    fn names(&self) -> Result<Vec<String>, String> {
        let listed = std::fs::read(KEYS).map_err(|why| format!("{KEYS} cannot be read: {}.", private::said(&why)))?;
        Ok(listed_names(&String::from_utf8_lossy(&listed), &self.prefix))
    }
}

/// The names of the keys in such a list that begin with `prefix`: the ninth column, up to the length of what is in it. What
/// the second column marks as revoked, dead or invalidated is on its way out.
fn listed_names(listed: &str, prefix: &str) -> Vec<String> {
    let name = |line: &str| {
        let flags = line.split_whitespace().nth(1)?;
        if flags.contains(['R', 'D', 'i']) {
            return None;
        }
        let (_, rest) = line.split_once(" user ")?;
        let (description, _) = rest.trim_start().rsplit_once(": ")?;
        Some(description.strip_prefix(prefix)?.to_owned())
    };
    listed.lines().filter_map(name).collect()
}

fn said(why: KeyError) -> &'static str {
    match why {
        KeyError::AccessDenied | KeyError::PermissionDenied => "it is not allowed here",
        KeyError::QuotaExceeded => "your quota of keys is used up",
        KeyError::OperationNotSupported => "it has none",
        KeyError::KeyringDoesNotExist | KeyError::KeyDoesNotExist => "it is gone",
        KeyError::OutOfMemory => "it has no memory left",
        _ => "it fails",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_keys_are_known_in_the_kernels_list() {
        let listed = "\
            009a2028 I--Q---     1 perm 3f010000  1000  1000 user      krb_ccache:primary: 12\n\
            1806c4ba I--Q---     1 perm 3f010000  1000  1000 user      offhook:/home/my files/offhook:work/chat: 6\n\
            1806c4bb I--Q--i     1 perm 3f010000  1000  1000 user      offhook:/home/my files/offhook:work/phone: 6\n\
            2f450001 I--Q---     1 perm 3f010000  1000  1000 user      offhook:/elsewhere:work/chat: 6\n\
            25d3a08f I--Q---     1 perm 1f3f0000  1000 65534 keyring   _uid_ses.1000: 1\n\
            3ce56aea I--Q---     5 perm 3f030000  1000  1000 keyring";
        assert_eq!(listed_names(listed, "offhook:/home/my files/offhook:"), ["work/chat"]);
    }

    #[test]
    fn what_is_kept_comes_back_in_another_thread_and_for_its_folder_only() {
        let home = tempfile::tempdir().unwrap();
        let Ok(ring) = Keyutils::open(home.path()) else {
            // This kernel, or this container, gives nobody a keyring.
            return;
        };
        let secret = |text: &str| Secret::new(text.into());
        ring.write("work/chat", &secret("žluťoučký")).unwrap();
        ring.write("work/chat", &secret("x")).unwrap();
        let folder = home.path().to_owned();
        let other = std::thread::spawn(move || Keyutils::open(&folder).and_then(|ring| ring.read("work/chat")));
        assert_eq!(other.join().unwrap(), Ok(Some(secret("x"))));
        assert_eq!(Keyutils::open(&home.path().join("else")).unwrap().read("work/chat"), Ok(None));
        assert_eq!(ring.names(), Ok(vec!["work/chat".to_owned()]));
        assert_eq!((ring.delete("work/chat"), ring.delete("work/chat")), (Ok(true), Ok(false)));
        assert_eq!((ring.read("work/chat"), ring.names()), (Ok(None), Ok(vec![])));
    }
}
