//! The bootstrap file of the configuration folder: what of it matters for the order, and whether it was written since it was
//! read.

use super::found::ReadBootstrap;
use crate::engine::signin::server::{HTTPS_PORT, TFTP_PORT};
use crate::engine::signin::{Bootstrap, Excluded, Server};
use crate::protocol::cisco::bootstrap as file;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The name of the file, as the guides call it.
pub const FILE: &str = "jabber-bootstrap.properties";

/// What a text of the file says, with a mark by which it is known again.
#[must_use]
pub fn read(text: &str) -> ReadBootstrap {
    let values = file::Bootstrap::parse(text);
    let sha256 = Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        // A string takes whatever is written to it.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    ReadBootstrap { sha256, values: values.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect() }
}

/// The values of a file that was read.
#[must_use]
pub fn values(read: &ReadBootstrap) -> file::Bootstrap {
    let lines: Vec<String> = read.values.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
    file::Bootstrap::parse(&lines.concat())
}

/// What matters for the order; an address that is none counts as not set.
#[must_use]
pub fn says(values: &file::Bootstrap) -> Bootstrap {
    let server = |text: Option<&str>, port: u16| text.and_then(|text| Server::parse(text, port));
    Bootstrap {
        authenticator: values.authenticator(),
        cup: server(values.cup_address(), HTTPS_PORT),
        tftp: server(values.tftp(), TFTP_PORT),
        cti: server(values.cti(), super::settings::CTI_PORT),
        ccmcip: server(values.get("Ccmcip"), HTTPS_PORT),
        phone_mode: values.is_phone_mode(),
    }
}

/// `ServiceDiscoveryExcludedServices`, where it is set.
#[must_use]
pub fn excluded(values: &file::Bootstrap) -> Option<Excluded> {
    values.get("ServiceDiscoveryExcludedServices")?;
    Some(values.excluded_services())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::signin::BootstrapAuthenticator;

    #[test]
    fn a_file_is_read_and_known_again() {
        let text = "Authenticator: CUCM\nTftp: cucm1.lab.example\nProductMode: Phone_Mode\nCti: not a host\n\
                    ServiceDiscoveryExcludedServices: WEBEX,CUP\n";
        let kept = read(text);
        assert_eq!(kept, read(text));
        assert_ne!(kept.sha256, read(&text.replace("cucm1", "cucm2")).sha256);
        let says = says(&values(&kept));
        assert_eq!(says.authenticator, Some(BootstrapAuthenticator::Cucm));
        assert_eq!(says.tftp, Some(Server::new("cucm1.lab.example", 69)));
        assert_eq!((says.cti, says.ccmcip, says.phone_mode), (None, None, true));
        assert_eq!(excluded(&values(&kept)), Some(Excluded { webex: true, cucm: false, cup: true }));
        assert_eq!(excluded(&values(&read(""))), None);
    }
}
