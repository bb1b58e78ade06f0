//! `GET /user/U/devices`, and one device by itself: what the user may register, and where its configuration stands.

use crate::protocol::cisco::xml::{Node, Unreadable, parse};

/// Devices beyond this many are not read.
const MOST: usize = 256;

/// The devices, in the order of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceList {
    /// They.
    pub devices: Vec<Device>,
}

/// One device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Key in the database.
    pub id: Option<String>,
    /// URI of its own resource.
    pub uri: Option<String>,
    /// Its name, as in `CSFANA`.
    pub name: String,
    /// Number of its model: 503 is the softphone of desktops.
    pub kind: Option<u32>,
    /// Its model, as in `Cisco Unified Client Services Framework`.
    pub model: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// As in `SIP`.
    pub protocol: Option<String>,
    /// URI of its configuration file, where the server names it.
    pub provision: Option<String>,
}

impl DeviceList {
    /// Reads an answer. Devices without a name are left out.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<DeviceList, Unreadable> {
        let root = parse(bytes, "devices", "the list of devices")?;
        Ok(DeviceList { devices: root.all("device").into_iter().filter_map(device).take(MOST).collect() })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let devices = self.devices.iter().map(Device::node);
        Node::new("devices").with_attribute("version", super::version::WRITTEN).with_all(devices).write()
    }
}

impl Device {
    /// Reads the answer of one device by itself.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<Device, Unreadable> {
        const EXPECTED: &str = "the answer of device";
        let root = parse(bytes, "device", EXPECTED)?;
        device(&root).ok_or(Unreadable { expected: EXPECTED, found: "a device without a name".into() })
    }

    /// Writes the answer of one device by itself.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        self.node().write()
    }

    fn node(&self) -> Node {
        let mut node = Node::new("device");
        if let Some(uri) = &self.uri {
            node = node.with_attribute("uri", uri);
        }
        node = node
            .with_optional("id", self.id.as_ref())
            .with_leaf("name", &self.name)
            .with_optional("type", self.kind)
            .with_optional("model", self.model.as_ref())
            .with_optional("description", self.description.as_ref())
            .with_optional("protocol", self.protocol.as_ref());
        match &self.provision {
            Some(uri) => node.with(Node::new("provision").with_leaf("uri", uri)),
            None => node,
        }
    }
}

fn device(node: &Node) -> Option<Device> {
    let provision = node.first("provision");
    Some(Device {
        id: node.string_of("id"),
        uri: node.attribute("uri").map(ToOwned::to_owned),
        name: node.string_of("name")?,
        kind: node.number_of("type"),
        model: node.string_of("model"),
        description: node.string_of("description"),
        protocol: node.string_of("protocol"),
        provision: provision.and_then(|part| part.text_of("uri").or(part.attribute("uri"))).map(ToOwned::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn softphone() -> Device {
        Device {
            id: Some("{7}".into()),
            uri: Some("https://cucm:8443/cucm-uds/user/ana/device/{7}".into()),
            name: "CSFANA".into(),
            kind: Some(503),
            model: Some("Cisco Unified Client Services Framework".into()),
            description: Some("Ana's soft & small one".into()),
            protocol: Some("SIP".into()),
            provision: Some("http://cucm:6970/CSFANA.cnf.xml".into()),
        }
    }

    #[test]
    fn one_device_and_many_are_written_as_they_are_read() {
        assert_eq!(Device::parse(&softphone().write()), Ok(softphone()));
        let list = DeviceList { devices: vec![softphone(), Device { name: "SEP001122334455".into(), ..Device::default() }] };
        assert_eq!(DeviceList::parse(&list.write()), Ok(list));
        assert_eq!(DeviceList::parse(b"<devices/>"), Ok(DeviceList::default()));
    }

    #[test]
    fn a_device_without_a_name_is_none() {
        let list = DeviceList::parse(
            b"<devices><device><id>1</id></device><device><name>TCTANA</name><type>x</type></device></devices>",
        );
        assert_eq!(list.unwrap().devices, [Device { name: "TCTANA".into(), ..Device::default() }]);
        assert!(Device::parse(b"<device><id>1</id></device>").unwrap_err().to_string().contains("without a name"));
    }
}
