//! Settings of an account that is served: kept whole or not at all, and counting from the next sign-in on.

use super::*;
use crate::engine::event::SettingValue;
use crate::engine::signin::Organisation;

struct Room {
    root: tempfile::TempDir,
    desk: AccountDesk,
    name: AccountName,
}

impl Room {
    /// An account by address is served.
    fn new() -> Room {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths::below(root.path());
        let name = AccountName("work".into());
        let typed = Typed { address: Some("ana@lab.example".into()), ..Typed::default() };
        let (stored, _) = keeping::add(&Accounts::open(&paths).unwrap(), name.clone(), typed).unwrap();
        let desk = AccountDesk::new(paths, Asking::Screen);
        desk.serve(stored).unwrap();
        Room { root, desk, name }
    }

    fn file(&self) -> String {
        let accounts = Paths::below(self.root.path()).accounts().unwrap();
        std::fs::read_to_string(accounts.join("work.toml")).unwrap()
    }

    fn set(&self, new: NewSettings) -> Result<Vec<Setting>, Refusal> {
        self.desk.settings(&self.name, Some(&NewSettings { authenticator: "automatic".into(), ..new }))
    }
}

fn said(settings: &[Setting], name: &str) -> (String, &'static str) {
    let setting = settings.iter().find(|setting| setting.name == name).unwrap();
    (setting.value.to_string(), setting.source)
}

#[test]
fn what_stands_in_the_accounts_file_is_changed_and_counts_from_the_next_sign_in_on() {
    let room = Room::new();
    let before = room.desk.settings(&room.name, None).unwrap();
    assert_eq!((said(&before, "dns"), said(&before, "ca")), (("-".into(), "built-in"), ("-".into(), "built-in")));
    assert_eq!(said(&before, "tftp_port"), ("69".into(), "built-in"));
    assert_eq!(said(&before, "cas"), ("https://loginp.webexconnect.com/cas/FederatedSSO".into(), "built-in"));
    let carried = room.desk.carrier(&room.name).unwrap();
    let after = room.set(NewSettings {
        dns: " 127.0.0.1:5353 ".into(),
        cas: "http://127.0.0.1:8080/cas".into(),
        tftp_port: "6969".into(),
        allow_cleartext: true,
        ..NewSettings::default()
    });
    let after = after.unwrap();
    for (name, value) in
        [("dns", "127.0.0.1:5353"), ("cas", "http://127.0.0.1:8080/cas"), ("tftp_port", "6969"), ("allow_cleartext", "true")]
    {
        assert_eq!(said(&after, name), (value.to_owned(), "account"), "{name}");
    }
    assert!(after.iter().any(|setting| setting.value == SettingValue::Number(6969)));
    assert!(room.file().contains("\ntftp-port = 6969\n"), "{}", room.file());
    // Whoever is signed in goes on as they were.
    assert_eq!(format!("{:?}", room.desk.carrier(&room.name).unwrap().dns()), format!("{:?}", carried.dns()));
    let launch = room.desk.launch(&room.name).unwrap();
    assert_eq!((launch.dns, launch.tftp_port), (Some("127.0.0.1:5353".parse().unwrap()), Some(6969)));
    assert!(launch.allow_cleartext && launch.cas.is_some());
    assert_ne!(format!("{:?}", room.desk.carrier(&room.name).unwrap().dns()), format!("{:?}", carried.dns()));
    // Empty fields are taken back, and clear legs are not allowed any more.
    let after = room.set(NewSettings::default()).unwrap();
    assert_eq!(
        (said(&after, "dns"), said(&after, "allow_cleartext")),
        (("-".into(), "built-in"), ("false".into(), "built-in"))
    );
    let launch = room.desk.launch(&room.name).unwrap();
    assert_eq!((launch.dns, launch.cas, launch.tftp_port, launch.allow_cleartext), (None, None, None, false));
}

#[test]
fn a_mistake_is_told_of_its_field_and_changes_nothing() {
    let room = Room::new();
    room.set(NewSettings { dns: "127.0.0.1".into(), device: "CSFANA".into(), ..NewSettings::default() }).unwrap();
    let (file, settings) = (room.file(), room.desk.settings(&room.name, None).unwrap());
    for (key, new) in [
        ("dns", NewSettings { dns: "nowhere.example".into(), ..NewSettings::default() }),
        ("cas", NewSettings { cas: "ftp://x".into(), ..NewSettings::default() }),
        ("tftp-port", NewSettings { tftp_port: "tftp".into(), ..NewSettings::default() }),
        ("tftp-port", NewSettings { tftp_port: "0".into(), ..NewSettings::default() }),
        ("ca", NewSettings { ca: "/nowhere/ca.pem".into(), ..NewSettings::default() }),
        ("device", NewSettings { dns: "127.0.0.2".into(), device: "a phone".into(), ..NewSettings::default() }),
    ] {
        let refused = room.set(new.clone()).unwrap_err();
        assert_eq!(refused.key, Some(key), "{new:?}: {}", refused.problem);
        assert_eq!(room.file(), file, "{new:?}");
        assert_eq!(room.desk.settings(&room.name, None).unwrap(), settings, "{new:?}");
    }
}

#[test]
fn who_agrees_to_clear_legs_at_a_sign_in_has_done_so_for_the_account() {
    let room = Room::new();
    room.desk.keep_choice(&room.name, Choice::Clear).unwrap();
    assert!(room.file().contains("\nallow-cleartext = true\n"), "{}", room.file());
    assert!(room.desk.launch(&room.name).unwrap().allow_cleartext);
    let shown = room.desk.settings(&room.name, None).unwrap();
    assert_eq!(said(&shown, "allow_cleartext"), ("true".into(), "account"));
}

#[test]
fn what_the_cas_said_before_it_was_changed_is_not_believed_any_more() {
    let room = Room::new();
    let (domain, organisation) = ("lab.example".to_owned(), Organisation { sso: true });
    room.desk.keep_discovery(&CacheChange::KeepWebex { domain, organisation }).unwrap();
    assert_eq!(room.desk.launch(&room.name).unwrap().cache.webex.len(), 1);
    room.set(NewSettings { cas: "https://127.0.0.1:8443/cas".into(), ..NewSettings::default() }).unwrap();
    assert!(room.desk.launch(&room.name).unwrap().cache.webex.is_empty());
}
