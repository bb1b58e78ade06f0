//! The directory: curl asks the lab for people and photos, and offhook finds them there from another process.

use super::Case;
use super::by_address::user;
use super::lab::Lab;
use super::world::World;
use serde_json::{Value, json};

pub const CASES: &[Case] = &[
    Case { name: "directory: curl searches the lab, page by page", needs: &["curl"], run: curl_searches },
    Case { name: "directory: curl fetches photos from the lab", needs: &["curl", ".venv/bin/python"], run: curl_fetches },
    Case { name: "directory: offhook finds people, and shows them", needs: &[], run: finds },
    Case { name: "directory: offhook shows its password where it is wanted", needs: &[], run: with_password },
    Case { name: "directory: what fails is said, with what to do next", needs: &[], run: fails },
];

const USERS: &str = "https://cucm1.lab.example:8443/cucm-uds/users";
const PHOTOS: &str = "https://cucm1.lab.example:8443/photos";

/// Nobody rings and nobody leaves a message meanwhile.
const QUIET: &str = "cast.rings-after = 100000\ncast.voicemail-after = 100000\n";

fn curl_searches() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "uds.page = 30");
    let body = |query: &str| {
        let (code, body) = lab.curl(&[&format!("{USERS}?{query}")]);
        assert_eq!(code, 0, "{body}");
        body
    };
    let bob = body("name=bob");
    assert!(bob.contains("totalCount=\"1\"") && bob.contains("<displayName>Bob Okafor</displayName>"), "{bob}");
    assert!(bob.contains("<phoneNumber>1002</phoneNumber>") && bob.contains("<title>Account manager</title>"), "{bob}");
    let (first, last) = (body("number=3&max=500"), body("number=3&max=500&start=290"));
    assert!(first.contains("returnedCount=\"30\" totalCount=\"300\""), "{first}");
    assert!(last.contains("start=\"290\"") && last.contains("returnedCount=\"10\""), "{last}");
    assert_eq!(lab.curl(&["--output", "/dev/null", "--write-out", "%{http_code}", USERS]).1, "400");
    let shy = Lab::start(&world, "shy", "uds.users-resource-auth = true");
    let asked = |more: &[&str]| {
        let url = format!("{USERS}?name=bob");
        shy.curl(&[&["--output", "/dev/null", "--write-out", "%{http_code}", url.as_str()], more].concat()).1
    };
    assert_eq!((asked(&[]), asked(&["--user", "ana:ana-demo"])), ("401".to_owned(), "200".to_owned()));
}

/// A reader of PNG and JPEG that we did not write, as far as Python's own library has one: the chunks, their checksums and
/// what is packed in them.
const READER: &str = "
import struct, sys, zlib
data = open(sys.argv[1], 'rb').read()
if data[:2] == b'\\xff\\xd8':
    assert data[-2:] == b'\\xff\\xd9'
    print('JPEG')
    sys.exit()
assert data[:8] == b'\\x89PNG\\r\\n\\x1a\\n'
at, packed = 8, b''
while at < len(data):
    length, kind = struct.unpack('>I4s', data[at:at + 8])
    body = data[at + 8:at + 8 + length]
    crc, = struct.unpack('>I', data[at + 8 + length:at + 12 + length])
    assert crc == zlib.crc32(kind + body), kind
    if kind == b'IHDR':
        width, height, depth, colour = struct.unpack('>IIBB', body[:10])
    if kind == b'IDAT':
        packed += body
    at += 12 + length
assert kind == b'IEND' and (depth, colour) == (8, 2)
rows = zlib.decompress(packed)
assert len(rows) == height * (1 + width * 3)
print('PNG', width, height)
";

fn curl_fetches() {
    let world = World::new();
    let fetched = |site: &str, name: &str| {
        let lab = Lab::start(&world, "lab", site);
        let file = world.file(name).display().to_string();
        let (code, status) = lab.curl(&["--output", &file, "--write-out", "%{http_code}", &format!("{PHOTOS}/{name}")]);
        assert_eq!((code, status.as_str()), (0, "200"));
        let python = super::checkout(".venv/bin/python");
        let read = std::process::Command::new(python).args(["-c", READER, &file]).output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        String::from_utf8(read.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(fetched("", "bob.png"), "PNG 96 96");
    assert_eq!(fetched("photos.format = \"jpeg\"", "bob.jpg"), "JPEG");
}

fn finds() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", QUIET);
    let ana = user(&world, &lab, "ana", &[]);
    let search = |words: &[&str]| -> Vec<Value> {
        let found = ana.run("search", &[&["directory", "search", "--json"], words].concat()).expect(0);
        found.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let bob = json!({
        "id": "bob",
        "name": "Bob Okafor",
        "title": "Account manager",
        "department": "Sales",
        "manager": "",
        "numbers": [{ "line": "work", "number": "1002" }],
        "uri": "bob@lab.example",
        "email": "bob@lab.example",
        "chat": "bob@lab.example",
        "dial": "1002",
    });
    assert_eq!(search(&["Bob", "Oka"]), std::slice::from_ref(&bob));
    assert_eq!(search(&["1002"]), std::slice::from_ref(&bob));
    assert_eq!(search(&["bob@lab"]), std::slice::from_ref(&bob));
    assert_eq!(search(&["Nobody", "At", "All"]), Vec::<Value>::new());
    assert_eq!(search(&["--most", "100", "+4670"]).len(), 100, "several pages");
    let plain = ana.run("plain", &["directory", "search", "bob", "oka"]).expect(0);
    assert_eq!(plain.out.trim(), "bob  Bob Okafor  1002  Account manager, Sales");
    let many = ana.run("many", &["directory", "search", "+4670"]).expect(0);
    assert!(many.out.lines().count() == 50 && many.said.contains("there are more people"), "{}", many.said);
    assert_eq!(ana.run("show", &["directory", "show", "bob", "--json"]).expect(0).json(), bob);
    let card = ana.run("card", &["directory", "show", "BOB"]).expect(0);
    assert!(card.out.contains("title       Account manager\n") && card.out.contains("work        1002\n"), "{}", card.out);
    let nobody = ana.run("nobody", &["directory", "show", "nobody"]).expect(5);
    assert!(nobody.said.contains("knows nobody called nobody"), "{}", nobody.said);
    let short = ana.run("short", &["directory", "search", "bo"]).expect(5);
    assert!(short.said.contains("3 letters or more"), "{}", short.said);
}

fn with_password() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &format!("{QUIET}uds.users-resource-auth = true\nuds.sessions = \"none\"\n"));
    let ana = user(&world, &lab, "ana", &[]);
    // The first sign-in asks all, the second begins with what that has found.
    for label in ["first", "second"] {
        let found = ana.run(label, &["directory", "search", "bob", "oka"]).expect(0);
        assert!(found.out.contains("Bob Okafor"), "{}", found.said);
    }
}

/// What was said, without its line breaks.
fn words(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fails() {
    let world = World::new();
    for (name, answers, says) in [
        ("busy", "status = 503", "is busy (503). Try again in a while."),
        ("portal", "fault = \"portal\"", "Is there a page to log in to the network first?"),
        ("malformed", "fault = \"malformed\"", "the answer of users was expected"),
        ("cut", "fault = \"truncated\"", "cannot be reached"),
        ("endless", "fault = \"endless\"", "the answer is too long"),
        ("elsewhere", "fault = \"redirect\"", "which is not followed"),
        ("noise", "fault = \"noise\"", "no HTTP"),
    ] {
        let lab = Lab::start(&world, name, &format!("{QUIET}directory.answers = {{ {answers} }}\n"));
        let ana = user(&world, &lab, "ana", &["--password-command", "echo ana-demo"]);
        let ended = ana.run("search", &["directory", "search", "bob"]).expect(5);
        let said = words(&ended.said);
        assert!(said.contains("Directory: cucm1.lab.example") && said.contains(says), "{name}: {said}");
        ana.run("remove", &["account", "remove", "work"]).expect(0);
    }
    let plain = super::offhook::User::new(&world, "plain");
    plain.run("account", &["account", "add", "home", "--jid", "ana@example.test"]).expect(0);
    let ended = plain.run("search", &["directory", "search", "bob"]).expect(5);
    let said = words(&ended.said);
    assert!(said.contains("has no directory") && said.contains("--address USER@DOMAIN"), "{said}");
}
