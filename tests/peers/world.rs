//! The ground of a case: a folder of its own, a certificate authority, and names that its servers' certificates show.

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub const DOMAIN: &str = "example.test";

pub struct World {
    folder: TempDir,
}

impl Drop for World {
    /// What a case that failed has left behind says why.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.disable_cleanup(true);
            // Where stderr is gone there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "its files stay in {}", self.folder.path().display());
        }
    }
}

impl World {
    /// A new folder with `ca.crt`, `srv.crt` and `srv.key`; the server certificate shows the domain, what its services
    /// are called, `localhost` and 127.0.0.1.
    pub fn new() -> World {
        World::named(&[DOMAIN, "conference.example.test", "upload.example.test", "localhost", "127.0.0.1"])
    }

    /// The same with a server certificate for these names alone.
    pub fn named(names: &[&str]) -> World {
        let world = World { folder: tempfile::Builder::new().prefix("offhook-peers-").tempdir().unwrap() };
        world.certify(names);
        world
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and answers its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).unwrap();
        }
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Makes a new authority, and a new server certificate for these names.
    pub fn certify(&self, names: &[&str]) {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(Vec::<String>::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(rcgen::DnType::CommonName, "offhook test CA");
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(ca, ca_key);

        let key = KeyPair::generate().unwrap();
        let mut server = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        server.use_authority_key_identifier_extension = true;
        let certificate = server.signed_by(&key, &issuer).unwrap();
        self.write("ca.crt", &ca_certificate.pem());
        self.write("srv.crt", &certificate.pem());
        self.write("srv.key", &key.serialize_pem());
    }
}
