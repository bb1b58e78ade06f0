//! The authorities that an account trusts: those of the system, and those of the file that the user named.

use crate::engine::event::{Problem, ProblemKind};
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// The system's, read once for all accounts that have no others. They are some hundred files.
static SYSTEM: LazyLock<RootCertStore> = LazyLock::new(system);

/// Trust anchors.
#[derive(Clone, Debug)]
pub struct Roots(Arc<Anchors>);

#[derive(Debug)]
enum Anchors {
    /// The system's.
    System,
    /// The system's, and these; all of them together once somebody needs them.
    More(LazyLock<RootCertStore, Box<dyn FnOnce() -> RootCertStore + Send + Sync>>),
    /// These alone.
    These(RootCertStore),
}

impl Roots {
    /// The system's authorities, and those in `ca` (PEM), which is read at once; the system's are read for the first
    /// handshake.
    ///
    /// # Errors
    /// When `ca` cannot be read or holds no certificate. A system without authorities is no error: pins may be enough.
    pub fn load(ca: Option<&Path>) -> Result<Roots, Problem> {
        let Some(path) = ca else { return Ok(Roots(Arc::new(Anchors::System))) };
        let mut own = RootCertStore::empty();
        add_file(&mut own, path).map_err(|why| {
            Problem::new(
                ProblemKind::Local,
                format!("The file of authorities {} cannot be used: {why}.", path.display()),
                "Give a PEM file of CA certificates (--ca).",
            )
        })?;
        let together = Box::new(|| {
            // Read anew: most who name a file have one account, and need no second set of the system's.
            let mut all = system();
            all.extend(own.roots);
            all
        });
        Ok(Roots(Arc::new(Anchors::More(LazyLock::new(together)))))
    }

    /// Exactly these authorities.
    #[must_use]
    pub fn of(store: RootCertStore) -> Roots {
        Roots(Arc::new(Anchors::These(store)))
    }

    /// Ends when the anchors are there; they are read beside the event loop.
    pub async fn read(&self) {
        let roots = self.clone();
        // Where there is no thread, whoever needs them first reads them.
        let _ = tokio::task::spawn_blocking(move || roots.store().len()).await;
    }

    /// The anchors themselves. Waits where the system's are still being read.
    #[must_use]
    pub fn store(&self) -> &RootCertStore {
        match &*self.0 {
            Anchors::System => &SYSTEM,
            Anchors::More(all) => all,
            Anchors::These(store) => store,
        }
    }
}

fn system() -> RootCertStore {
    let mut store = RootCertStore::empty();
    let mut found = rustls_native_certs::load_native_certs().certs;
    // Most systems have each of them in a file of its own too.
    found.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
    found.dedup();
    store.add_parsable_certificates(found);
    store
}

fn add_file(store: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| format!("it is not PEM ({error})"))?;
        store.add(certificate).map_err(|error| format!("a certificate in it cannot be read ({error})"))?;
        found += 1;
    }
    if found == 0 { Err("there is no certificate in it".into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_authorities_is_added_and_a_wrong_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        let own = rcgen::generate_simple_self_signed(vec!["ca.example".into()]).unwrap();
        std::fs::write(&path, own.cert.pem()).unwrap();
        let system = Roots::load(None).unwrap();
        assert_eq!(Roots::load(Some(&path)).unwrap().store().len(), system.store().len() + 1);
        std::fs::write(&path, "nothing").unwrap();
        assert!(Roots::load(Some(&path)).unwrap_err().what.contains("no certificate"));
        let missing = Roots::load(Some(&dir.path().join("none"))).unwrap_err();
        assert!(missing.kind == ProblemKind::Local && missing.what.contains("none"), "{missing}");
    }
}
