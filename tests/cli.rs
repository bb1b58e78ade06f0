//! The command line as a program: what it prints where, what it keeps, and how it ends. No network.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code, reason = "others use more of it")]
mod home;

use home::User;
use offhook::engine::event::Delivery;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

#[test]
fn an_account_is_added_listed_and_removed() {
    let user = User::new();
    let nothing = user.run(&["account", "list"]);
    assert!(nothing.code == 0 && nothing.err.contains("offhook account add NAME"), "{}", nothing.err);
    user.good(&[
        "account",
        "add",
        "work",
        "--jid",
        "Alice@example.test",
        "--xmpp-server",
        "[::1]:5223;tls=direct",
        "--sip",
        "alice@example.test",
        "--sip-proxy",
        "sip:p.example.test;transport=udp",
        "--allow-cleartext",
        "--password-command",
        "pass show 'my work'",
    ]);
    let file = user.path(".config/offhook/accounts/work.toml");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(
        fs::read_to_string(&file).unwrap().lines().skip(1).collect::<Vec<_>>(),
        [
            r#"jid = "alice@example.test""#,
            r#"xmpp-server = "[::1]:5223;tls=direct""#,
            r#"sip = "sip:alice@example.test""#,
            r#"sip-proxy = "sip:p.example.test;transport=udp""#,
            "allow-cleartext = true",
            r#"password-command = "pass show 'my work'""#,
        ]
    );
    user.good(&["account", "add", "phone", "--sip", "sips:bob@example.test"]);
    assert_eq!(
        user.good(&["account", "list"]),
        "phone  sips:bob@example.test\n\
         work  alice@example.test  via [::1]:5223;tls=direct  sip:alice@example.test  via sip:p.example.test;transport=udp  (cleartext allowed)\n"
    );
    let json: serde_json::Value = serde_json::from_str(&user.good(&["account", "list", "--json"])).unwrap();
    assert_eq!(json["accounts"][0]["jid"], serde_json::Value::Null);
    assert_eq!(json["accounts"][1]["jid"], "alice@example.test");

    let taken = user.bad(5, &["account", "add", "work", "--jid", "x@example.test"]);
    assert!(taken.contains("There is an account work already") && taken.contains("offhook account remove work"), "{taken}");
    user.good(&["account", "remove", "work"]);
    assert!(!file.exists());
    assert!(user.bad(5, &["account", "remove", "work"]).contains("The accounts are: phone."));
}

#[test]
fn an_account_by_address_says_that_it_asks_cas_and_how_it_does_not() {
    let user = User::new();
    let added = user.run(&[
        "account",
        "add",
        "lab",
        "--address",
        "ana@Lab.Example",
        "--dns",
        "127.1.2.3:5353",
        "--cas",
        "https://127.1.2.3:4443",
        "--tftp-port",
        "6969",
    ]);
    assert!(added.code == 0 && added.err.contains("offhook settings --account lab exclude webex"), "{}", added.err);
    let file = fs::read_to_string(user.path(".config/offhook/accounts/lab.toml")).unwrap();
    assert!(file.contains("address = \"ana@lab.example\"\ndns = \"127.1.2.3:5353\"\n"), "{file}");
    let listed = user.run(&["account", "list"]);
    assert_eq!(listed.out, "lab  ana@lab.example  dns 127.1.2.3:5353  cas https://127.1.2.3:4443/  tftp 6969  (asks CAS)\n");
    assert!(listed.err.contains("exclude webex"), "{}", listed.err);
    user.good(&["settings", "--account", "lab", "exclude", "webex", "cup"]);
    let json: serde_json::Value = serde_json::from_str(&user.good(&["account", "list", "--json"])).unwrap();
    let account = &json["accounts"][0];
    assert_eq!((account["asks_cas"].as_bool(), account["tftp_port"].as_u64()), (Some(false), Some(6969)));
    assert_eq!(account["address"], "ana@lab.example");
}

fn shown(user: &User, args: &[&str]) -> serde_json::Value {
    serde_json::from_str(&user.good(&[&["settings", "show", "--json"], args].concat())).unwrap()
}

#[test]
fn settings_say_where_each_value_came_from() {
    let user = User::new();
    user.good(&["account", "add", "lab", "--address", "ana@lab.example"]);
    let at_first = shown(&user, &["--account", "lab"]);
    assert_eq!(at_first["authenticator"], serde_json::json!({ "value": "automatic", "source": "built-in" }));
    assert_eq!(at_first["services_domain"], serde_json::json!({ "value": "lab.example", "source": "address" }));

    let set = user.run(&["settings", "authenticator", "cucm8", "--tftp", "cucm1:6969", "--cti", "cucm1"]);
    assert!(set.code == 0 && set.err.contains("desk phones cannot be controlled yet"), "{}", set.err);
    user.good(&["bootstrap", "AUTHENTICATOR=CUP", "CUP_ADDRESS=imp.lab.example", "EXCLUDED_SERVICES=WEBEX,CUP"]);
    user.good(&["provision", "ciscojabber://provision?ServicesDomain=link.example&VoiceServicesDomain=v.example"]);
    user.good(&["settings", "bootstrap", "first"]);
    let shown_now = shown(&user, &["--account", "lab"]);
    for (name, value, source) in [
        ("authenticator", serde_json::json!("cucm8"), "default"),
        ("tftp", serde_json::json!("cucm1:6969"), "default"),
        ("cti", serde_json::json!("cucm1:2748"), "default"),
        ("excluded_services", serde_json::json!(["WEBEX", "CUP"]), "bootstrap"),
        ("services_domain", serde_json::json!("link.example"), "provision"),
        ("voice_services_domain", serde_json::json!("v.example"), "provision"),
        ("bootstrap_file_read", serde_json::json!("first"), "default"),
        ("bootstrap.Authenticator", serde_json::json!("CUP"), "bootstrap"),
    ] {
        assert_eq!(shown_now[name], serde_json::json!({ "value": value, "source": source }), "{name}");
    }
    user.good(&["settings", "--account", "lab", "authenticator", "automatic"]);
    let own = shown(&user, &["--account", "lab"]);
    assert_eq!(own["authenticator"], serde_json::json!({ "value": "automatic", "source": "account" }));
    assert_eq!(shown(&user, &[])["authenticator"]["value"], "cucm8");
    assert!(user.good(&["settings", "show"]).contains("tftp                      cucm1:6969  (default)\n"));

    user.good(&["account", "remove", "lab"]);
    user.good(&["account", "add", "lab", "--address", "eva@lab.example"]);
    assert_eq!(shown(&user, &["--account", "lab"])["authenticator"]["source"], "default", "nothing of the old one counts");
    user.good(&["account", "add", "open", "--jid", "a@b"]);
    assert!(user.bad(5, &["settings", "--account", "open", "authenticator", "standard"]).contains("on open standards"));
}

#[test]
fn what_headless_sign_ins_refuse_is_agreed_to_by_settings_of_the_account() {
    let user = User::new();
    user.good(&["account", "add", "lab", "--address", "ana@lab.example"]);
    let own = |args: &[&str]| user.run(&[&["settings", "--account", "lab"], args].concat());
    for args in [&["device", "CSFANA"][..], &["host", "allow", "CUCM9.Elsewhere.Example"], &["cleartext", "allow"]] {
        let said = own(args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    }
    let now = shown(&user, &["--account", "lab"]);
    for (name, value) in [
        ("device", serde_json::json!("CSFANA")),
        ("allowed_hosts", serde_json::json!(["cucm9.elsewhere.example"])),
        ("allow_cleartext", serde_json::json!(true)),
    ] {
        assert_eq!(now[name], serde_json::json!({ "value": value, "source": "account" }), "{name}");
        assert_eq!(shown(&user, &[])[name], serde_json::Value::Null, "{name} is of single accounts");
    }
    for args in [&["device", "ask"][..], &["host", "forget", "cucm9.elsewhere.example"], &["cleartext", "refuse"]] {
        assert_eq!(own(args).code, 0, "{args:?}");
    }
    let now = shown(&user, &["--account", "lab"]);
    assert_eq!((&now["device"]["value"], &now["allow_cleartext"]["value"]), (&serde_json::Value::Null, &false.into()));
    assert_eq!(now["allowed_hosts"]["value"], serde_json::json!([]));
    assert!(user.bad(5, &["settings", "device", "CSFANA"]).contains("--account NAME"));
    user.good(&["account", "add", "clear", "--address", "ana@lab.example", "--allow-cleartext"]);
    user.good(&["settings", "--account", "clear", "cleartext", "refuse"]);
    assert_eq!(shown(&user, &["--account", "clear"])["allow_cleartext"]["value"], false);
}

#[test]
fn what_an_account_was_added_with_is_changed_by_settings() {
    let user = User::new();
    user.good(&["account", "add", "lab", "--address", "ana@lab.example"]);
    let file = user.path(".config/offhook/accounts/lab.toml");
    let text = format!("{}# of the lab\n", fs::read_to_string(&file).unwrap());
    fs::write(&file, &text).unwrap();
    let set = |args: &[&str]| user.run(&[&["settings", "--account", "lab"], args].concat());
    let ca = user.path("ca.pem");
    fs::write(&ca, rcgen::generate_simple_self_signed(["ca.example".to_owned()]).unwrap().cert.pem()).unwrap();
    let ca = ca.to_str().unwrap();
    for args in [&["dns", "127.0.0.1"][..], &["cas", "https://cas.example/cas"], &["tftp-port", "6969"], &["ca", ca]] {
        let said = set(args);
        assert!(said.code == 0 && said.err.contains("from the next sign-in on"), "{args:?}: {}", said.err);
    }
    let now = shown(&user, &["--account", "lab"]);
    for (name, value) in [
        ("dns", serde_json::json!("127.0.0.1:53")),
        ("cas", serde_json::json!("https://cas.example/cas")),
        ("tftp_port", serde_json::json!(6969)),
        ("ca", serde_json::json!(ca)),
    ] {
        assert_eq!(now[name], serde_json::json!({ "value": value, "source": "account" }), "{name}");
        assert_eq!(shown(&user, &[])[name], serde_json::Value::Null, "{name} is of single accounts");
    }
    for (code, args, said) in [
        (2, &["dns", "nowhere.example"][..], "is no address"),
        (2, &["cas", "http://cas.example/"], "settings --account lab cleartext allow"),
        (2, &["tftp-port", "0"], "from 1 up to 65535"),
        (5, &["ca", "/nowhere.pem"], "/nowhere.pem"),
    ] {
        let refused = set(args);
        assert!(refused.code == code && refused.err.contains(said), "{args:?}: {} {}", refused.code, refused.err);
        assert_eq!(shown(&user, &["--account", "lab"]), now, "{args:?}");
    }
    assert!(user.bad(5, &["settings", "dns", "127.0.0.1"]).contains("--account NAME"));
    for key in ["dns", "cas", "tftp-port", "ca"] {
        assert_eq!(set(&[key, "none"]).code, 0, "{key}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "all else stays as it was written");
}

#[test]
fn the_bootstrap_file_is_written_as_an_installer_would() {
    let user = User::new();
    let said = user.run(&["bootstrap", "AUTHENTICATOR=cup", "CUP_ADDRESS=imp.lab.example", "LANGUAGE=1033"]);
    assert!(said.code == 0 && said.err.contains("LANGUAGE is accepted and has no effect here"), "{}", said.err);
    let file = user.path(".config/offhook/jabber-bootstrap.properties");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("Authenticator: CUP\n") && text.contains("Tftp: NOT_SPECIFIED\n"), "{text}");
    user.bad(2, &["bootstrap", "CLEAR=1", "TFPT=x"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), text, "what is refused changes nothing");
    user.good(&["bootstrap", "TFTP=cucm1"]);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("Authenticator: CUP\n") && text.contains("Tftp: cucm1\n"), "{text}");
}

#[test]
fn who_signs_in_without_discovery_has_no_voicemail() {
    let user = User::new();
    user.good(&["account", "add", "work", "--jid", "alice@example.test"]);
    for args in [&["voicemail", "list"][..], &["voicemail", "play", "x"], &["voicemail", "save", "x", "x.wav"]] {
        let said = user.bad(5, args);
        assert!(said.contains("has no voicemail") && said.contains("--address"), "{said}");
    }
}

#[test]
fn what_is_wrong_is_said_with_the_right_form() {
    let user = User::new();
    let long = "x".repeat(65);
    for (args, said) in [
        (&["account", "add", "work"] as &[&str], "<--address <USER@DOMAIN>|--jid <JID>|--sip <URI>>"),
        (&["account", "add", "w", "--address", "lab.example"], "alice@example.test"),
        (&["account", "add", "w", "--address", "a@b", "--jid", "a@b"], "cannot be used with"),
        (&["account", "add", "w", "--jid", "a@b", "--dns", "::1"], "give address too"),
        (&["account", "add", "w", "--address", "a@b", "--dns", "ns.example"], "192.0.2.53:5353"),
        (&["account", "add", "w", "--address", "a@b", "--cas", "http://c.example"], "allow-cleartext too"),
        (&["account", "add", "w", "--address", "a@b", "--tftp-port", "0"], "--tftp-port"),
        (&["voicemail", "save", "0:x"], "<FILE>"),
        (&["voicemail", "delete"], "<ID>"),
        (&["settings", "authenticator", "cup"], "<SERVER>"),
        (&["settings", "authenticator", "cup", "a b"], "HOST:PORT"),
        (&["settings", "authenticator", "cucm8"], "--tftp"),
        (&["settings", "exclude", "edge"], "webex"),
        (&["settings", "exclude", "none", "cup"], "stands alone"),
        (&["settings", "--account", "x", "device", "a b"], "CSFANA"),
        (&["settings", "--account", "x", "host", "allow", "a b"], "HOST:PORT"),
        (&["settings", "--account", "x", "cleartext", "perhaps"], "refuse"),
        (&["bootstrap"], "NAME=VALUE"),
        (&["bootstrap", "CUP_ADRESS=imp"], "The nearest is CUP_ADDRESS"),
        (&["bootstrap", "AUTHENTICATOR=LDAP"], "CUP or CUCM or WEBEX"),
        (&["provision", "https://example.test"], "ciscojabber://provision"),
        (&["account", "add", "../x", "--jid", "a@b"], "as in work"),
        (&["account", "add", &long, "--jid", "a@b"], "up to 64"),
        (&["account", "add", "w", "--jid", "example.test"], "alice@example.test"),
        (&["account", "add", "w", "--jid", "a@b/c"], "leave out “/c”"),
        (&["account", "add", "w", "--jid", "a@b", "--xmpp-server", "h"], "HOST:PORT"),
        (&["account", "add", "w", "--sip", "a@b", "--xmpp-server", "h:1"], "--jid"),
        (&["account", "add", "w", "--jid", "a@b", "--sip-proxy", "sip:h"], "--sip <URI>"),
        (&["account", "add", "w", "--sip", "a@b", "--sip-proxy", "sip:h;transport=udp"], "allow-cleartext"),
        (&["account", "add", "w", "--jid", "a@b", "--password-command", " "], "--password-command: "),
        (&["trust", "h"], "names no port"),
        (&["trust", "h:1"], "--sha256 <FINGERPRINT>"),
        (&["trust", "h:1", "--sha256", "ab"], "64 hexadecimal digits"),
        (&["trust"], "HOST:PORT"),
        (&["send", "bob"], "TEXT"),
        (&["send", "@", "hello"], "bob@example.test"),
        (&["send", "bob@example.test", "a\u{1b}[2Jb"], "character U+001B"),
        (&["send", "bob@example.test", "\u{ffff}"], "U+FFFF"),
        (&["listen", "--count", "0"], "--count"),
        (&["call", "bob", "--for", "nan"], "SECONDS"),
        (&["answer", "--calls", "x"], "--calls"),
        (&["outbox", "resend"], "KEY"),
        (&["sned"], "send"),
        (&["--log-level", "loud", "listen"], "debug"),
    ] {
        let err = user.bad(2, args);
        assert!(err.contains(said), "{args:?} should say “{said}”: {err}");
    }
    assert!(user.bad(5, &["account", "add", "w", "--jid", "a@b", "--ca", "/no/such.pem"]).contains("/no/such.pem"));
    assert!(user.bad(5, &[]).contains("TERM is not set"), "the screen needs a terminal");
    assert!(
        !user.path(".config/offhook/accounts").exists()
            || fs::read_dir(user.path(".config/offhook/accounts")).unwrap().count() == 0
    );
}

#[test]
fn the_screen_wants_a_terminal_and_says_so() {
    let user = User::new();
    let err = user.bad(5, &[]);
    assert!(err.contains("terminal"), "{err}");
}

#[test]
fn a_hostile_argument_cannot_act_on_the_terminal() {
    let user = User::new();
    for args in [
        &["account", "remove", "a\u{1b}[2J"] as &[&str],
        &["account", "add", "w", "--jid", "a\u{1b}]0;x\u{7}@b"],
        &["trust", "h\u{1b}[2J:1", "--sha256", "x"],
        &["outbox", "forget", "k\u{1b}[2J", "--account", "x\u{9b}2J"],
    ] {
        let err = user.run(args).err;
        // clap echoes what was typed by whoever sits there; our own sentences do not.
        let ours = err.lines().find(|line| !line.starts_with("error: invalid value")).unwrap_or_default();
        assert!(!ours.chars().any(char::is_control), "{args:?}: {ours:?}");
    }
    for args in [&["\u{1b}[2Jevil"][..], &["keys", "--\u{1b}]0;evil\u{7}"], &["theme", "check", "a", "\u{9b}2Jevil"]] {
        let said = user.bad(2, args);
        assert!(said.contains("error: ") && !said.chars().any(|letter| letter.is_control() && letter != '\n'), "{said:?}");
    }
}

#[test]
fn a_broken_account_file_is_told_with_its_line_and_the_others_are_listed() {
    let user = User::new();
    user.good(&["account", "add", "good", "--jid", "a@example.test"]);
    let directory = user.path(".config/offhook/accounts");
    fs::write(directory.join("broken.toml"), "jid = \"a@example.test\"\nsip = 5\n").unwrap();
    fs::write(directory.join("odd.toml"), "jid = \"b@example.test\"\nsip_proxy = \"x\"\n").unwrap();
    for name in ["broken.toml", "odd.toml"] {
        fs::set_permissions(directory.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let said = user.run(&["account", "list"]);
    assert_eq!((said.code, said.out.as_str()), (5, "good  a@example.test\nodd  b@example.test\n"));
    assert!(said.err.contains("broken.toml:2:7: sip is a text in quotes"), "{}", said.err);
    assert!(said.err.contains("odd.toml:2:1: ") && said.err.contains("did you mean “sip-proxy”?"), "{}", said.err);
    fs::set_permissions(directory.join("good.toml"), fs::Permissions::from_mode(0o622)).unwrap();
    assert!(user.run(&["account", "list"]).err.contains("chmod 600"));
}

#[test]
fn trust_is_kept_per_account_host_and_port() {
    let user = User::new();
    let print = "AB".repeat(32);
    let none = user.bad(5, &["trust", "im.example.test:5222", "--sha256", &print]);
    assert!(none.contains("offhook account add"), "{none}");
    user.good(&["account", "add", "work", "--jid", "a@example.test"]);
    user.good(&["trust", "IM.example.test:5222", "--sha256", &print]);
    user.good(&["trust", "[::1]:5061", "--sha256", &print.to_lowercase(), "--session", "--account", "work"]);
    let colons = vec!["AB"; 32].join(":");
    assert_eq!(
        user.good(&["trust", "list"]),
        format!("work  im.example.test:5222  {colons}\nwork  [::1]:5061  {colons}  (this session)\n")
    );
    let line = user.good(&["trust", "list", "--json"]).lines().next().unwrap().to_owned();
    let json: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&json["host"], &json["port"], &json["session"]), (&"im.example.test".into(), &5222.into(), &false.into()));
    assert_eq!(user.good(&["trust", "list", "--account", "home"]), "");
    user.good(&["trust", "remove", "im.example.test:5222"]);
    assert!(user.bad(5, &["trust", "remove", "im.example.test:5222"]).contains("offhook trust list"));
    for args in [&["trust"][..], &["trust", "--account", "work"]] {
        assert!(user.bad(2, args).contains("HOST:PORT"), "{args:?}");
    }
    assert!(user.bad(2, &["trust", "h:1", "--sha256", &print, "--account", "../x"]).contains("cannot name an account"));
    user.good(&["account", "add", "home", "--jid", "b@example.test"]);
    let which = user.bad(5, &["trust", "h:1", "--sha256", &print]);
    assert!(which.contains("home, work") && which.contains("--account NAME"), "{which}");
}

#[test]
fn the_outbox_shows_what_did_not_go_out_and_nothing_is_resent_by_accident() {
    let user = User::new();
    user.good(&["account", "add", "work", "--jid", "a@example.test"]);
    assert!(user.run(&["outbox", "list"]).err.contains("Nothing waits"));
    for (key, delivery) in [("k1", Delivery::Unsent), ("k2", Delivery::Unknown), ("k3", Delivery::Sent)] {
        user.keep("work", key, "words\u{1b}[2J\nand more", delivery);
    }
    assert_eq!(
        user.good(&["outbox", "list"]),
        "k1  work  1970-01-01T00:00:00.000Z  to bob@example.test  (not sent)  words␛[2J␊and more\n\
         k2  work  1970-01-01T00:00:00.000Z  to bob@example.test  (may have been sent)  words␛[2J␊and more\n"
    );
    let lines = user.good(&["outbox", "list", "--json", "--account", "work"]);
    let json: serde_json::Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!((&json["key"], &json["delivery"]), (&"k2".into(), &"unknown".into()));
    let twice = user.bad(5, &["outbox", "resend", "k2"]);
    assert!(twice.contains("arrive twice") && twice.contains("--yes"), "{twice}");
    for done in ["k3", "k9"] {
        assert!(user.bad(5, &["outbox", "resend", done, "--yes"]).contains("offhook outbox list"));
        assert!(user.bad(5, &["outbox", "forget", done]).contains("offhook outbox list"));
    }
    user.good(&["outbox", "forget", "k2"]);
    assert_eq!(user.good(&["outbox", "list"]).lines().count(), 1);
    assert_eq!(user.path(".local/share/offhook/history.db").metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_damaged_history_is_set_aside_and_told() {
    let user = User::new();
    let directory = user.path(".local/share/offhook");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("history.db"), "no database ".repeat(100)).unwrap();
    let said = user.run(&["outbox", "list"]);
    assert!(said.code == 0 && said.err.contains("was damaged") && said.err.contains("history.db.damaged-"), "{}", said.err);

    // Whoever signs in is told too, and what is typed is kept in the new one.
    let account = ["account", "add", "a", "--jid", "a@example.test", "--password-command", "echo x"];
    user.good(&[&account[..], &["--xmpp-server", "127.0.0.1:1"]].concat());
    fs::write(directory.join("history.db"), "no database ".repeat(100)).unwrap();
    let said = user.run(&["send", "b@example.test", "typed"]);
    assert!(said.code == 5 && said.err.contains("was damaged"), "{}", said.err);
    assert!(user.good(&["outbox", "list"]).contains("typed"));
}

#[test]
fn help_version_and_completions_come_from_the_definition() {
    let user = User::new();
    assert_eq!(user.good(&["--version"]), format!("offhook {}\n", env!("CARGO_PKG_VERSION")));
    let help = user.good(&["--help"]);
    for word in ["account", "trust", "send", "listen", "call", "answer", "outbox", "man", "completions", "--log-level"] {
        assert!(help.contains(word), "{word}");
        if !word.starts_with('-') {
            assert!(user.good(&[word, "--help"]).contains("Usage: offhook"), "{word}");
        }
    }
    for shell in ["bash", "zsh", "fish", "elvish"] {
        let script = user.good(&["completions", shell]);
        assert!(script.contains("offhook") && script.contains("xmpp-server") && script.contains("outbox"), "{shell}");
    }
    let bash = user.path("bash");
    fs::write(&bash, user.good(&["completions", "bash"])).unwrap();
    assert!(Command::new("bash").arg("-n").arg(&bash).status().unwrap().success());
    assert_eq!(fs::read_dir(user.path("")).unwrap().count(), 1, "none of this makes a file");
}

#[test]
fn a_reader_that_goes_away_is_no_failure_and_a_full_disk_is_one() {
    let user = User::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let out = user.command().args(["completions", "zsh"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((out.status.code(), out.stderr.len()), (Some(0), 0));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let out = user.command().args(["completions", "zsh"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(out.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&out.stderr).contains("The output cannot be written"));
}

#[test]
fn a_home_that_cannot_be_used_is_told() {
    let user = User::new();
    fs::write(user.path(".config"), "").unwrap();
    let said = user.bad(5, &["account", "list"]);
    assert!(said.contains("cannot be made") && said.contains("XDG variable"), "{said}");

    let user = User::new();
    fs::create_dir_all(user.path(".config")).unwrap();
    std::os::unix::fs::symlink("/tmp", user.path(".config/offhook")).unwrap();
    assert!(user.bad(5, &["account", "list"]).contains("symbolic link"));
}

#[test]
fn the_log_is_private_and_its_level_is_the_users() {
    let user = User::new();
    user.good(&["--log-level", "trace", "account", "add", "work", "--jid", "a@example.test"]);
    let log = user.path(".local/state/offhook/offhook.log");
    assert_eq!(log.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn keys_are_shown_from_the_table_and_keymaps_and_themes_are_checked() {
    let user = User::new();
    let shown = user.good(&["keys"]);
    let row = shown.lines().find(|line| line.contains(" answer ")).unwrap();
    assert!(row.trim_start().starts_with('a') && row.ends_with("Answer the call that rings"), "{row}");
    assert!(shown.contains("People [people]") && shown.contains("g g"), "{shown}");
    assert!(user.good(&["keys", "--keymap", "vim"]).contains("Z Z"));
    assert!(user.bad(5, &["keys", "--keymap", "emacs"]).contains("There is no keymap emacs"));

    let file = user.path("mine.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, "base = \"default\"\n[people]\nj = \"nxt\"\n\n[peeple]\n").unwrap();
    let said = user.bad(5, &["keys", "check", path]);
    assert!(said.contains("mine.toml:3:5: No action is called “nxt”: did you mean “next”?"), "{said}");
    assert!(said.contains("mine.toml:5:2: No context is called “peeple”: did you mean “people”?"), "{said}");
    fs::write(&file, "base = \"default\"\n[people]\nJ = \"next\"\n").unwrap();
    user.good(&["keys", "check", path]);
    assert!(user.good(&["keys", "--keymap", path]).lines().any(|line| line.trim_start().starts_with("J  j  Down")));

    fs::write(&file, "base = \"dark\"\n[roles]\nunread = { fg = \"#12345\" }\n").unwrap();
    assert!(user.bad(5, &["theme", "check", path]).contains("mine.toml:3:17: No colour is called “#12345”"));
    fs::write(&file, "base = \"dark\"\n[roles]\nunread = { fg = \"#123456\" }\n").unwrap();
    user.good(&["theme", "check", path]);
    assert!(user.good(&["theme", "roles"]).contains("unread"));
    assert!(user.bad(5, &["theme", "check", "/nonexistent"]).contains("cannot be read"));
}
