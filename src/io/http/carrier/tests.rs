use super::town::{Act, Authority, Server, Town, ok, say};
use super::*;
use crate::io::tls::{Fingerprint, Lifetime, Pin};
use crate::machine::Secret;
use crate::protocol::http::{Credentials, Names};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

fn get(url: Url) -> Request {
    Request { names: Names::Domains(vec!["lab.example".into()]), ..Request::get(url, SOON) }
}

fn clear(url: Url) -> Request {
    Request { clear: true, ..get(url) }
}

async fn fails(http: &Http, request: Request) -> Failure {
    http.answer(request).await.0.unwrap_err()
}

#[tokio::test]
async fn a_chain_of_questions_shares_one_connection() {
    let town = Town::new().await;
    let server = Server::start(Some(town.authority.server(&["cucm1.lab.example"])), |request| {
        ok(if request.starts_with("GET /a") { "one" } else { "two" })
    })
    .await;
    let http = town.http();
    let url = |path: &str| server.url("https", "cucm1.lab.example", path);
    let first = http.answer(get(url("/a?x=1"))).await;
    assert_eq!(first.0.unwrap().body, b"one");
    let second = Request {
        method: Method::Post,
        credentials: Some(Credentials { user: "ana".into(), password: Secret::new("pass:wörd".into()) }),
        headers: vec![("Content-Type".into(), "text/xml".into())],
        body: b"<a/>".to_vec(),
        ..get(url("/b"))
    };
    let second = http.clone().answer(second).await.0.unwrap();
    assert_eq!((second.status, second.header("CONTENT-length")), (200, Some("3")));
    assert_eq!(server.seen(|seen| seen.connections), 1);
    server.seen(|seen| {
        let (first, second) = (&seen.requests[0], &seen.requests[1]);
        assert!(first.starts_with("GET /a?x=1 HTTP/1.1\r\n") && first.contains("user-agent: offhook/"), "{first}");
        assert!(!first.contains("authorization"), "{first}");
        assert!(
            second.starts_with("POST /b ") && second.contains("content-type: text/xml") && second.ends_with("<a/>"),
            "{second}"
        );
        assert!(second.contains("authorization: Basic YW5hOnBhc3M6d8O2cmQ="), "{second}");
    });
}

#[tokio::test]
async fn long_answers_are_refused_as_they_come() {
    let town = Town::new().await;
    let server = Server::start(None, |request| {
        let head = match request {
            request if request.starts_with("GET /told") => "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        };
        vec![Act::Write(head.as_bytes().to_vec()), Act::Pour(100_000_000), Act::Close]
    })
    .await;
    for path in ["/told", "/untold"] {
        let failure = fails(&town.http(), clear(server.url("http", "cucm1.lab.example", path))).await;
        assert_eq!(failure, Failure::TooLong);
    }
    let poured = server.seen(|seen| seen.poured);
    assert!(poured < 50_000_000, "{poured} bytes were taken");
    let exact = Server::start(None, |_| ok("12345")).await;
    let limited = |limit| Request { limit, ..clear(exact.url("http", "cucm1.lab.example", "/")) };
    assert_eq!(town.http().answer(limited(5)).await.0.unwrap().body, b"12345");
    assert_eq!(fails(&town.http(), limited(4)).await, Failure::TooLong);
}

#[tokio::test]
async fn whoever_is_slow_is_not_waited_for() {
    let town = Town::new().await;
    let silent = Server::start(None, |_| vec![Act::Wait(SOON)]).await;
    let trickling = Server::start(None, |_| {
        let drop = [Act::Write(b"x".to_vec()), Act::Wait(Duration::from_millis(20))];
        let head = Act::Write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n".to_vec());
        std::iter::once(head).chain(std::iter::repeat_n(drop, 5000).flatten()).collect()
    })
    .await;
    for server in [silent, trickling] {
        let request = clear(server.url("http", "cucm1.lab.example", "/"));
        let request = Request { deadline: Duration::from_millis(400), ..request };
        assert_eq!(fails(&town.http(), request).await, Failure::Timeout);
    }
}

#[tokio::test]
async fn what_breaks_off_and_what_is_no_http_is_told_apart() {
    let town = Town::new().await;
    let long = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(5_000));
    let wide = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(2_000_000));
    for (said, malformed) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha", false),
        ("HTTP/1.1 200 OK\r\nContent-", false),
        ("", false),
        ("SSH-2.0-OpenSSH_9.2\r\n", true),
        ("HTTP/1.1 abc OK\r\n\r\n", true),
        ("HTTP/9.9 200 OK\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", true),
        (&long, true),
        (&wide, true),
    ] {
        let (said, shown) = (said.to_owned(), said.chars().take(60).collect::<String>());
        let server = Server::start(None, move |_| [say(&said), vec![Act::Close]].concat()).await;
        let failure = fails(&town.http(), clear(server.url("http", "cucm1.lab.example", "/"))).await;
        match failure {
            Failure::Malformed(why) => assert!(malformed && why.contains("is no HTTP"), "{shown:?}: {why}"),
            Failure::Unreachable(why) => assert!(!malformed && why.contains("broke off"), "{shown:?}: {why}"),
            other => panic!("{shown:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_redirection_is_an_answer_and_nobody_follows_it() {
    let town = Town::new().await;
    let thief = Server::start(None, |_| ok("")).await;
    let away = thief.url("http", "evil.example", "/");
    let location = format!("HTTP/1.1 302 Found\r\nLocation: {away}\r\nContent-Length: 0\r\n\r\n");
    let server = Server::start(Some(town.authority.server(&["cucm1.lab.example"])), move |_| say(&location)).await;
    let credentials = Some(Credentials { user: "ana".into(), password: Secret::new("secret".into()) });
    let request = Request { credentials, ..get(server.url("https", "cucm1.lab.example", "/")) };
    let answer = town.http().answer(request).await.0.unwrap();
    assert_eq!((answer.status, answer.header("location")), (302, Some(away.as_str())));
    assert_eq!(thief.seen(|seen| seen.connections), 0);
}

#[tokio::test]
async fn cookies_go_back_to_the_host_that_set_them_only() {
    let town = Town::new().await;
    let tls = town.authority.server(&["cucm1.lab.example", "cucm2.lab.example"]);
    let server = Server::start(Some(tls), |_| {
        say("HTTP/1.1 200 OK\r\nSet-Cookie: S=1; Domain=.lab.example; Path=/; Secure\r\nSet-Cookie: T=2; Domain=evil.example\r\n\
             Content-Length: 0\r\n\r\n")
    })
    .await;
    let http = town.http();
    for host in ["cucm1", "cucm2", "cucm1"] {
        http.answer(get(server.url("https", &format!("{host}.lab.example"), "/"))).await.0.unwrap();
    }
    town.http().answer(get(server.url("https", "cucm1.lab.example", "/"))).await.0.unwrap();
    let cookies =
        server.seen(|seen| seen.requests.iter().map(|request| request.contains("cookie: S=1\r\n")).collect::<Vec<_>>());
    assert_eq!(cookies, [false, false, true, false], "another host and another account have none");
    assert!(server.seen(|seen| seen.requests.iter().all(|request| !request.contains("T=2"))));
}

#[tokio::test]
async fn a_certificate_must_be_for_the_domain_or_a_host_under_it() {
    let town = Town::new().await;
    let server = Server::start(Some(town.authority.server(&["cucm1.lab.example", "cucm.evil.example"])), |_| ok("")).await;
    let url = |host: &str| server.url("https", host, "/");
    let answered = async |request: Request| town.http().answer(request).await;
    assert!(answered(get(url("cucm1.lab.example"))).await.0.is_ok());
    let named_by_user = Request { names: Names::Host, ..get(url("cucm.evil.example")) };
    assert!(answered(named_by_user).await.0.is_ok());
    let unsaid = Request::get(url("cucm1.lab.example"), SOON);
    for (request, why) in [
        (get(url("cucm.evil.example")), "it is for another name than lab.example"),
        (get(url("cucm9.lab.example")), "it is for another name than lab.example"),
        (unsaid, "it is for another name"),
    ] {
        let (answer, certificate) = answered(request).await;
        let Err(Failure::Untrusted(said)) = answer else { panic!("{answer:?}") };
        assert!(said.contains(why), "{said}");
        let certificate = certificate.unwrap();
        assert_eq!(certificate.names[0].to_string(), "cucm1.lab.example");
        assert_eq!(certificate.port, server.address.port());
    }
    assert!(server.seen(|seen| seen.requests.len() == 2), "whoever is not trusted hears no question");
}

#[tokio::test]
async fn one_that_is_verified_for_one_name_is_not_used_for_another() {
    let town = Town::new().await;
    let server = Server::start(Some(town.authority.server(&["cas.example"])), |_| ok("")).await;
    let http = town.http();
    let url = server.url("https", "cas.example", "/");
    assert!(http.answer(Request { names: Names::Host, ..get(url.clone()) }).await.0.is_ok());
    assert!(matches!(fails(&http, get(url)).await, Failure::Untrusted(_)));
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_and_it_can_be_trusted_exactly_as_it_is() {
    let town = Town::new().await;
    let foreign = Authority::new("foreign authority");
    let day = rcgen::date_time_ymd;
    let host = "cucm1.lab.example";
    for (tls, why) in [
        (foreign.server(&[host]), "no authority that this machine trusts"),
        (town.authority.server_with(&[host], |params| params.not_after = day(2020, 1, 1)), "it expired on 2020-01-01"),
        (town.authority.server_with(&[host], |params| params.not_before = day(2090, 1, 1)), "it is valid from 2090-01-01 only"),
    ] {
        let server = Server::start(Some(tls), |_| ok("")).await;
        let http = town.http();
        let url = server.url("https", host, "/");
        let (answer, certificate) = http.answer(get(url.clone())).await;
        let Err(Failure::Untrusted(said)) = answer else { panic!("{answer:?}") };
        let clock = said.contains("by this machine's clock it is 2");
        assert!(said.contains(why) && clock != why.contains("authority"), "{said}");
        let sha256 = Fingerprint::parse(&certificate.unwrap().sha256).unwrap();
        let pin = Pin { account: Town::account(), host: host.into(), port: server.address.port(), sha256 };
        town.trust().add(pin, Lifetime::Lasting).unwrap();
        assert_eq!(http.answer(get(url.clone())).await.0.unwrap().status, 200);
        town.trust().forget(&Town::account()).unwrap();
        assert!(matches!(fails(&http, get(url)).await, Failure::Untrusted(_)), "it is trusted no longer");
    }
}

#[tokio::test]
async fn nothing_goes_in_clear_unless_it_may_and_nobody_is_not_there() {
    let town = Town::new().await;
    let server = Server::start(None, |_| ok("")).await;
    let url = server.url("http", "cucm1.lab.example", "/");
    assert_eq!(fails(&town.http(), get(url.clone())).await, Failure::Clear);
    assert_eq!(server.seen(|seen| seen.connections), 0);
    // Over TLS to somebody who speaks none, and says so at once.
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"220 mail.example ESMTP\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let failure = fails(&town.http(), get(Url::parse(&format!("https://cucm1.lab.example:{port}/")).unwrap())).await;
    assert!(matches!(&failure, Failure::Unreachable(why) if why.contains("what came is not TLS")), "{failure:?}");
    let mut user = url;
    user.set_username("ana").unwrap();
    user.set_password(Some("secret")).unwrap();
    assert!(town.http().answer(clear(user)).await.0.is_ok());
    assert!(server.seen(|seen| !seen.requests[0].contains("authorization")), "what a URL says of a user is none of ours");

    let nobody = fails(&town.http(), get(server.url("https", "nowhere.lab.example", "/"))).await;
    assert!(matches!(&nobody, Failure::Unreachable(why) if why == "nowhere.lab.example has no address"), "{nobody:?}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let closed = fails(&town.http(), get(Url::parse(&format!("https://cucm1.lab.example:{}/", closed.port())).unwrap())).await;
    assert!(
        matches!(&closed, Failure::Unreachable(why) if why.contains("cannot be connected to: Connection refused")),
        "{closed:?}"
    );
    assert!(matches!(fails(&town.http(), get(Url::parse("ftp://cucm1.lab.example/").unwrap())).await, Failure::Malformed(_)));
}

#[tokio::test]
async fn the_systems_proxy_carries_what_may_go_through_it() {
    let town = Town::new().await;
    let proxy = Server::start(None, |request| {
        if request.starts_with("CONNECT") { say("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n") } else { ok("proxied") }
    })
    .await;
    let server = Server::start(None, |_| ok("direct")).await;
    let address = format!("http://ana:secret@{}", proxy.address);
    let system = SystemProxy::read(|name| match name {
        "http_proxy" | "https_proxy" => Some(address.clone()),
        "no_proxy" => Some("cas2.example".into()),
        _ => None,
    });
    let http = town.http_with(system);
    let cas = |host: &str| Request { proxy: Proxy::System, ..clear(server.url("http", host, "/cas")) };
    assert_eq!(http.answer(cas("cas1.example")).await.0.unwrap().body, b"proxied");
    assert_eq!(http.answer(cas("cas2.example")).await.0.unwrap().body, b"direct");
    assert_eq!(http.answer(Request { proxy: Proxy::Direct, ..cas("cas1.example") }).await.0.unwrap().body, b"direct");
    proxy.seen(|seen| {
        assert!(seen.requests[0].starts_with("GET http://cas1.example:"), "{}", seen.requests[0]);
        assert!(!seen.requests[0].to_lowercase().contains("authorization"), "{}", seen.requests[0]);
    });
    let refused = fails(&http, Request { proxy: Proxy::System, ..get(server.url("https", "cas1.example", "/")) }).await;
    assert!(
        matches!(&refused, Failure::Unreachable(why) if why.contains("proxy authentication is not supported")),
        "{refused:?}"
    );
}
