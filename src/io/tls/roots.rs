//! The authorities that an account trusts: those of the system, and those of the file that the user named.

use crate::engine::event::{Problem, ProblemKind};
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// The system's, read once in a process: several accounts share them.
static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();

/// Trust anchors.
#[derive(Clone, Debug)]
pub struct Roots(Arc<RootCertStore>);

impl Roots {
    /// The system's authorities, and those in `ca` (PEM). Reads files: not for a thread that must not block.
    ///
    /// # Errors
    /// When `ca` cannot be read or holds no certificate. A system without authorities is no error: pins may be enough.
    pub fn load(ca: Option<&Path>) -> Result<Roots, Problem> {
        let system = SYSTEM.get_or_init(system);
        let Some(path) = ca else { return Ok(Roots(Arc::clone(system))) };
        let mut store = RootCertStore::clone(system);
        add_file(&mut store, path).map_err(|why| {
            Problem::new(
                ProblemKind::Local,
                format!("The file of authorities {} cannot be used: {why}.", path.display()),
                "Give a PEM file of CA certificates (--ca).",
            )
        })?;
        Ok(Roots(Arc::new(store)))
    }

    /// Exactly these authorities.
    #[must_use]
    pub fn of(store: RootCertStore) -> Roots {
        Roots(Arc::new(store))
    }

    /// The anchors themselves.
    #[must_use]
    pub fn store(&self) -> &RootCertStore {
        &self.0
    }
}

fn system() -> Arc<RootCertStore> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(store)
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
