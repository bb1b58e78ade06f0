//! Every question of the flow with every fault: it ends, in time, says what happened and what to do, and goes on where the
//! order allows.

use super::site::*;
use super::user::*;
use crate::engine::event::{Certificate, Outcome, ProblemKind, StepName};
use crate::engine::signin::uds::judge::{FaultKind, judge};
use crate::engine::signin::{Answer, Server};
use crate::machine::{Chance, RemoteText};
use crate::protocol::cisco::uds::User;
use crate::protocol::http::Failure;
use std::time::Duration;

/// A name, what the server does, and what the user reads of it.
fn faults() -> Vec<(&'static str, Does, &'static str)> {
    let portal = b"<!DOCTYPE html><html><body>Welcome to our Wi-Fi<br></body></html>".to_vec();
    let bomb = b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><user>&b;</user>".to_vec();
    vec![
        ("slow", Does::Slowly(Duration::from_secs(3600), vec![]), "did not answer in time"),
        ("lost", Does::Forget, "did not answer in time"),
        ("unreachable", Does::Fail(Failure::Unreachable("no route\u{1b}[2J".into())), "could not be reached"),
        ("untrusted", Does::Fail(Failure::Untrusted("the certificate has expired".into())), "is not trusted"),
        ("too long", Does::Fail(Failure::TooLong), "is too long"),
        ("no HTTP", Does::Fail(Failure::Malformed("no status line".into())), "is no HTTP"),
        ("busy", Does::Say(503, vec![]), "too busy"),
        ("broken", Does::Say(500, b"<html>oops".to_vec()), "answered 500"),
        ("forbidden", Does::Say(403, vec![]), "does not allow"),
        ("portal", Does::Say(200, portal), "a page for people (HTML)"),
        ("empty", Does::Say(200, vec![]), "nothing came"),
        ("truncated", Does::Say(200, b"<user><userName>ana</userN".to_vec()), "came"),
        ("bomb", Does::Say(200, bomb), "document type"),
        ("another", Does::Say(200, b"<wrong-thing/>".to_vec()), ""),
        ("redirected in clear", Does::Point(302, "http://cucm1.lab.example/cucm-uds"), "which is not followed"),
        ("redirected away", Does::Point(301, "https://evil.test/\u{1b}[2J"), "which is not followed"),
    ]
}

#[test]
fn each_fault_of_each_question_is_told_and_the_flow_goes_on_where_it_can() {
    // Without these nobody can be signed in; without the others the rest is still there.
    let needed = [HOME, USER];
    for key in [HOME, NODES, USER, DEVICES, PROFILE, CONFIG, PHONE] {
        for (name, does, says) in faults() {
            let case = format!("{key} {name}");
            let seen = run(&site().set(key, does));
            assert!(seen.took < Duration::from_secs(60), "{case}: {:?}", seen.took);
            let told = seen.told();
            assert!(told.iter().any(|line| line.contains(says)), "{case}: {told:?}");
            assert_eq!(seen.end.as_ref().unwrap().is_err(), needed.contains(&key), "{case}: {told:?}");
            let asked_evil = seen.keys().iter().any(|asked| asked.contains("evil") || asked.starts_with("http:"));
            assert!(!asked_evil, "{case}: {:?}", seen.keys());
            if !needed.contains(&key) {
                continue;
            }
            // With a second node that is well, it goes on there.
            let seen = run(&second(site()).set(key, faults().into_iter().find(|(known, ..)| *known == name).unwrap().1));
            seen.signed_in();
            assert!(seen.told().iter().any(|line| line.contains(says)), "{case} on the first of two: {:?}", seen.told());
        }
    }
}

#[test]
fn a_wish_for_a_password_where_none_is_due_is_no_refusal() {
    for key in [HOME, PROFILE, PHONE] {
        let seen = run(&site().set(key, Does::Say(401, vec![])));
        assert_eq!(seen.refusals, 0, "{key}");
        assert!(seen.told().iter().any(|told| told.contains("wants a password")), "{key}: {:?}", seen.told());
    }
    let seen = run(&site().set(DEVICES, Does::Say(401, vec![])));
    assert!(seen.signed_in().phone.is_none() && seen.told().iter().any(|told| told.contains("refused the password")));
}

#[test]
fn what_the_user_can_act_on_is_what_fails_the_sign_in() {
    let untrusted = Does::Fail(Failure::Untrusted("the certificate is its own issuer".into()));
    let seen = run(&site().set(HOME, untrusted));
    assert_eq!(seen.failed().kind, ProblemKind::Untrusted, "not that the second node could not be reached");
    assert_eq!(seen.outcomes(StepName::ClusterUser), [Outcome::Failed, Outcome::Failed]);
    let seen = run(&site().set(HOME, Does::Slowly(Duration::from_secs(9), vec![])));
    assert_eq!(seen.outcomes(StepName::ClusterUser), [Outcome::Timeout, Outcome::Failed]);
}

#[test]
fn the_certificate_that_was_shown_comes_with_the_problem() {
    let certificate = Certificate {
        host: "cucm1.lab.example".into(),
        port: 8443,
        sha256: "00".into(),
        names: vec![],
        issuer: RemoteText::new("x"),
        valid: (String::new(), String::new()),
        why: "no authority has issued it".into(),
        self_signed: true,
    };
    let answer = Answer::Http { answer: Err(Failure::Untrusted("x.".into())), certificate: Some(Box::new(certificate)) };
    let fault = judge(&Server::new("cucm1.lab.example", 8443), "the user", answer, User::parse).unwrap_err();
    assert!(fault.problem.certificate.is_some() && fault.kind == FaultKind::Failed);
    assert_eq!(
        fault.problem.what,
        "cucm1.lab.example:8443 showed a certificate that is not trusted: no authority has issued it."
    );
}

#[test]
fn a_thousand_servers_and_a_list_of_garbage_have_an_end() {
    let mut many = start();
    let host = |at: usize| format!("c{at}.lab.example");
    many.targets =
        (0..1_000).map(|at| crate::engine::signin::Target { server: Server::new(&host(at), 8443), ask_first: false }).collect();
    let mut dead = Site::default();
    for at in 0..1_000 {
        let key = format!("https://{}:8443/cucm-uds/clusterUser?username=ana", host(at));
        dead = dead.set(&key, Does::Slowly(Duration::from_secs(3600), vec![]));
    }
    let seen = run_as(many, &dead, Ana::default());
    assert!(seen.keys().len() <= 6 && seen.took <= Duration::from_secs(30), "{:?}", seen.took);
    seen.failed();
    let none = run_as(crate::engine::signin::uds::CucmStart { targets: vec![], ..start() }, &site(), Ana::default());
    assert!(none.failed().what.contains("No server is known"));
    let garbage = crate::protocol::cisco::uds::Servers { hosts: vec!["a b".into(), "\u{202e}x/".into(), "http://evil".into()] };
    run(&site().say(NODES, garbage.write())).signed_in();
}

#[test]
fn any_mix_of_faults_ends_in_time_and_is_told() {
    let mut chance = Chance::seeded(20_261_122);
    let mut ends = [0, 0];
    for _ in 0..600 {
        let mut mixed = second(site());
        for key in mixed.0.keys().cloned().collect::<Vec<_>>() {
            if chance.happens(250) {
                let all = faults();
                let at = usize::try_from(chance.below(all.len() as u64)).unwrap();
                mixed = mixed.set(&key, all.into_iter().nth(at).unwrap().1);
            }
        }
        let seen = run_as(start(), &mixed, Ana { clear: chance.happens(500), ..Ana::default() });
        assert!(seen.took < Duration::from_secs(90), "{:?}", seen.took);
        match seen.end.as_ref().unwrap() {
            Ok(signed_in) => {
                let whole = signed_in.chat.is_some() && signed_in.phone.is_some();
                assert!(whole || !seen.told().is_empty(), "{:?}", seen.steps);
                ends[0] += 1;
            }
            Err(_) => ends[1] += 1,
        }
    }
    assert!(ends.iter().all(|ended| *ended > 50), "{ends:?}");
}
