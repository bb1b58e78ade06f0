//! Which of the user's devices this client is.

use crate::engine::event::DeviceChoice;
use crate::machine::RemoteText;
use crate::protocol::cisco::uds::Device;

/// Number of the model of the softphone of desktops, and its name.
pub const SOFTPHONE: u32 = 503;
const SOFTPHONE_MODEL: &str = "Cisco Unified Client Services Framework";
/// How names of the softphone of desktops begin; other platforms have TCT, BOT and TAB.
const SOFTPHONE_PREFIX: &str = "CSF";

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It is this one.
    One(Device),
    /// The user must choose one of these.
    Several(Vec<Device>),
    /// There is none for this client.
    Nothing,
}

/// As the user is asked about them.
#[must_use]
pub fn offered(devices: &[Device]) -> Vec<DeviceChoice> {
    let offer = |device: &Device| DeviceChoice {
        name: device.name.clone(),
        description: RemoteText::new(device.description.clone().unwrap_or_default()),
    };
    devices.iter().map(offer).collect()
}

/// Chooses among `devices`: those whose name begins with one of `excluded` do not count; what the user has `chosen` before
/// holds as long as it is there.
#[must_use]
pub fn choose(devices: Vec<Device>, excluded: &[String], chosen: Option<&str>) -> Choice {
    let is_excluded = |device: &Device| excluded.iter().any(|prefix| begins(&device.name, prefix));
    let mut softphones: Vec<Device> =
        devices.into_iter().filter(|device| is_softphone(device) && !is_excluded(device)).collect();
    if let Some(at) = chosen.and_then(|name| softphones.iter().position(|device| device.name.eq_ignore_ascii_case(name))) {
        return Choice::One(softphones.swap_remove(at));
    }
    match (softphones.pop(), softphones.is_empty()) {
        (Some(only), true) => Choice::One(only),
        (Some(last), false) => {
            softphones.push(last);
            Choice::Several(softphones)
        }
        (None, _) => Choice::Nothing,
    }
}

/// By number or name of the model where the server says one, else by the name of the device; and it speaks SIP.
fn is_softphone(device: &Device) -> bool {
    let sip = device.protocol.as_ref().is_none_or(|protocol| protocol.eq_ignore_ascii_case("SIP"));
    let model = match (device.kind, &device.model) {
        (Some(kind), _) => kind == SOFTPHONE,
        (None, Some(model)) => model.eq_ignore_ascii_case(SOFTPHONE_MODEL),
        (None, None) => begins(&device.name, SOFTPHONE_PREFIX),
    };
    // The name becomes part of an address and of a header field.
    let plain = device.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    sip && model && plain && device.name.len() <= 128
}

fn begins(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, kind: Option<u32>, protocol: Option<&str>) -> Device {
        Device { name: name.into(), kind, protocol: protocol.map(ToOwned::to_owned), ..Device::default() }
    }

    fn names(choice: Choice) -> Vec<String> {
        match choice {
            Choice::One(device) => vec![device.name],
            Choice::Several(devices) => devices.into_iter().map(|device| device.name).collect(),
            Choice::Nothing => vec![],
        }
    }

    #[test]
    fn softphones_of_desktops_count_and_nothing_else() {
        let desk = device("SEP001122334455", Some(684), Some("SIP"));
        let mobile = device("BOTANA", None, None);
        let old = device("CSFOLD", Some(503), Some("SCCP"));
        let evil = device("CSF\r\nX: y", Some(503), None);
        let soft = device("csfana", Some(503), Some("SIP"));
        let named = device("CSFBNA", None, None);
        let model = Device { model: Some(SOFTPHONE_MODEL.into()), ..device("ANA-PC", None, None) };
        let all = vec![desk.clone(), soft.clone(), mobile, old, evil, named.clone(), model];
        assert_eq!(names(choose(vec![desk.clone(), soft.clone()], &[], None)), ["csfana"]);
        assert_eq!(names(choose(all.clone(), &[], None)), ["csfana", "CSFBNA", "ANA-PC"]);
        assert_eq!(names(choose(all.clone(), &["csfb".into(), "ANA-".into()], None)), ["csfana"]);
        assert_eq!(names(choose(all.clone(), &[], Some("CSFbna"))), ["CSFBNA"]);
        assert_eq!(names(choose(all, &[], Some("CSFGONE"))).len(), 3, "what is gone does not hold");
        assert_eq!(choose(vec![desk], &[], None), Choice::Nothing);
    }
}
