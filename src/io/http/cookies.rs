//! The cookies of one account (RFC 6265), each for exactly the host that set it, whatever domain it names. Bounded, and gone
//! with the process.

#![deny(clippy::indexing_slicing)]

use crate::io::tls::names;
use crate::machine::Secret;
use reqwest::cookie::CookieStore;
use reqwest::header::HeaderValue;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use url::Url;

/// Hosts, cookies of a host, and bytes of a cookie, beyond which nothing is kept.
const HOSTS: usize = 64;
const COOKIES: usize = 50;
const LONGEST: usize = 4_096;

/// All cookies.
#[derive(Debug, Default)]
pub struct Jar(Mutex<BTreeMap<String, Vec<Cookie>>>);

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: Secret,
    path: String,
    secure: bool,
}

/// What a `Set-Cookie` field wants.
enum Wanted {
    Keep(Cookie),
    Drop { name: String, path: String },
}

impl CookieStore for Jar {
    fn set_cookies(&self, fields: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        let Some(host) = url.host_str().map(names::ascii) else { return };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= HOSTS && !all.contains_key(&host) {
            return;
        }
        let kept = all.entry(host.clone()).or_default();
        for field in fields {
            let Some(wanted) = field.to_str().ok().and_then(|text| parse(text, &host, url.path())) else { continue };
            let (name, path) = match &wanted {
                Wanted::Keep(cookie) => (&cookie.name, &cookie.path),
                Wanted::Drop { name, path } => (name, path),
            };
            kept.retain(|known| known.name != *name || known.path != *path);
            if let Wanted::Keep(cookie) = wanted
                && kept.len() < COOKIES
            {
                kept.push(cookie);
            }
        }
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        let host = url.host_str().map(names::ascii)?;
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |cookie: &&Cookie| (!cookie.secure || url.scheme() == "https") && is_below(url.path(), &cookie.path);
        let mut fitting: Vec<&Cookie> = all.get(&host)?.iter().filter(fits).collect();
        // Longer paths first (RFC 6265 §5.4).
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = fitting.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value.expose())).collect();
        let mut field = HeaderValue::from_str(&pairs.join("; ")).ok().filter(|field| !field.is_empty())?;
        field.set_sensitive(true);
        Some(field)
    }
}

/// Reads a `Set-Cookie` field (RFC 6265 §5.2); `None` where it is none, or for another host.
fn parse(text: &str, host: &str, path: &str) -> Option<Wanted> {
    if text.len() > LONGEST {
        return None;
    }
    let mut parts = text.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_token = |letter: char| letter.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(letter);
    if name.is_empty() || !name.chars().all(is_token) || !value.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ')
    {
        return None;
    }
    // RFC 6265 §5.1.4: the directory of what was asked.
    let directory = path.rsplit_once('/').map(|(directory, _)| directory).filter(|directory| !directory.is_empty());
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: Secret::new(value.to_owned()),
        path: directory.unwrap_or("/").to_owned(),
        secure: false,
    };
    let mut over = false;
    for attribute in parts {
        let (key, value) = attribute.split_once('=').map_or((attribute, ""), |(key, value)| (key, value));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "path" if value.starts_with('/') => cookie.path = value.to_owned(),
            "domain" => {
                let domain = names::ascii(value.trim_start_matches('.'));
                if !names::lies_under(host, &domain) {
                    return None;
                }
            }
            "max-age" => over = value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            "expires" => over = over || is_past(value),
            _ => {}
        }
    }
    Some(match over {
        true => Wanted::Drop { name: cookie.name, path: cookie.path },
        false => Wanted::Keep(cookie),
    })
}

fn is_past(date: &str) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    chrono::DateTime::parse_from_rfc2822(date)
        .is_ok_and(|date| u64::try_from(date.timestamp()).map_or(true, |then| then <= now))
}

/// RFC 6265 §5.1.4.
fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || directory.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Browser(Jar);

    impl Browser {
        fn set(&self, url: &str, fields: &[&str]) {
            let fields: Vec<HeaderValue> = fields.iter().map(|field| HeaderValue::from_str(field).unwrap()).collect();
            self.0.set_cookies(&mut fields.iter(), &Url::parse(url).unwrap());
        }

        fn sent(&self, url: &str) -> String {
            let sent = self.0.cookies(&Url::parse(url).unwrap());
            sent.map(|field| field.to_str().unwrap().to_owned()).unwrap_or_default()
        }
    }

    #[test]
    fn a_cookie_goes_back_to_the_host_that_set_it_and_to_no_other() {
        let browser = Browser(Jar::default());
        let set = ["JSESSIONID=1; Path=/cucm-uds; Secure; HttpOnly", "all=2; Domain=.lab.example; Path=/"];
        browser.set("https://cucm1.lab.example:8443/cucm-uds/user/ana", &set);
        assert_eq!(browser.sent("https://CUCM1.lab.example:8443/cucm-uds/user/ana/devices"), "JSESSIONID=1; all=2");
        assert_eq!(browser.sent("https://cucm1.lab.example:8443/cucm-udsx"), "all=2", "another path");
        assert_eq!(browser.sent("http://cucm1.lab.example:6970/cucm-uds/x"), "all=2", "it is for https");
        for other in ["https://cucm2.lab.example:8443/cucm-uds/", "https://lab.example/cucm-uds/", "https://evil.example/"] {
            assert_eq!(browser.sent(other), "", "{other}");
        }
    }

    #[test]
    fn what_is_for_another_host_or_over_is_not_kept() {
        let browser = Browser(Jar::default());
        let url = "https://cucm1.lab.example/a/b";
        browser.set(url, &["x=1; Domain=evil.example", "y=1; Domain=cucm2.lab.example", "no", "=1", "z(=1", "q=a\tb"]);
        assert_eq!(browser.sent(url), "");
        browser.set(url, &["x=1", "y=2", "z=3"]);
        assert_eq!(browser.sent(url), "x=1; y=2; z=3");
        assert_eq!(browser.sent("https://cucm1.lab.example/b"), "", "its path is where it was set");
        browser.set(
            url,
            &["x=; Max-Age=0", "y=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "z=4; Expires=Fri, 01 Jan 2100 00:00:00 GMT"],
        );
        assert_eq!(browser.sent(url), "z=4");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let browser = Browser(Jar::default());
        for host in 0..2 * HOSTS {
            browser.set(&format!("https://h{host}.example/"), &["a=1"]);
        }
        assert_eq!(browser.0.0.lock().unwrap().len(), HOSTS);
        let many: Vec<String> = (0..2 * COOKIES).map(|number| format!("c{number}=1")).collect();
        browser.set("https://h0.example/", &many.iter().map(String::as_str).collect::<Vec<_>>());
        browser.set("https://h0.example/", &[&format!("long={}", "x".repeat(LONGEST))]);
        assert_eq!(browser.0.0.lock().unwrap().values().map(Vec::len).max(), Some(COOKIES));
    }
}
