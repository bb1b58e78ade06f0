use super::*;

fn mistake(text: &str) -> String {
    Site::parse(text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_a_site_and_has_people() {
    let site = Site::parse("").unwrap();
    assert_eq!(site.domain.as_str(), "lab.example");
    assert!(site.encrypted && site.people.len() >= 4);
    let ana = site.person("ANA").unwrap();
    assert_eq!((site.address(ana), ana.devices()), ("ana@lab.example".into(), vec!["CSFANA".to_owned()]));
    let default = Site::parse(DEFAULT).unwrap();
    assert!(!default.history.is_empty());
    assert!(default.calls.iter().any(|call| call.minutes.is_none()) && default.calls.iter().any(|call| call.minutes.is_some()));
    let without = Site { history: Vec::new(), calls: Vec::new(), ..default };
    assert_eq!(without, Site { people: site.people.clone(), ..site }, "the default is said once");
    let stranger = DEFAULT.replace("from = \"bob\"", "from = \"bo\"");
    assert!(mistake(&stranger).contains("the history speaks of \"bo\""));
}

#[test]
fn every_site_that_comes_along_is_right_and_differs() {
    let sites: Vec<Site> = BUILT_IN.iter().map(|(name, _)| Site::built_in(name).unwrap()).collect();
    for (at, site) in sites.iter().enumerate() {
        assert!(!sites.iter().skip(at + 1).any(|other| other == site), "{}", BUILT_IN[at].0);
    }
    assert!(Site::built_in("none").unwrap_err().contains("two-clusters"));
    assert!(Site::built_in("two-clusters").unwrap().has_second_cluster());
}

#[test]
fn what_is_wrong_says_where() {
    assert!(mistake("domain = \"lab.example\"\nno").starts_with("2:"), "{}", mistake("domain = \"lab.example\"\nno"));
    let unknown = mistake("[cas]\norganization = \"none\"\n");
    assert!(unknown.starts_with("2:1: ") && unknown.contains("organisation"), "{unknown}");
    let value = mistake("[uds]\n\nanswers = { fault = \"slow\" }\n");
    assert!(value.starts_with("3:21: ") && value.contains("trickle"), "{value}");
    let status = mistake("cas.answers.status = 99\n");
    assert!(status.starts_with("1:22: ") && status.contains("200 to 599"), "{status}");
    let domain = mistake("domain = \"žluť.example\"\n");
    assert!(domain.starts_with("1:10: "), "{domain}");
    let person = "[[people]]\nname = \"ana\"\npassword = \"x\"\nnumber = \"1001\"\n";
    let twice = mistake(&format!("{person}{}", person.replace("ana", "bob")));
    assert!(twice.starts_with("8:10: ") && twice.contains("two people have the number"), "{twice}");
    let twice = mistake(&format!("{person}{}", person.replace("1001", "1002")));
    assert!(twice.starts_with("6:8: ") && twice.contains("two people have the name"), "{twice}");
    assert!(mistake(&person.replace("ana", "Ana Ruiz")).starts_with("2:8: "));
    assert!(mistake(&format!("{person}cluster = 3\n")).starts_with("5:11: "));
}
