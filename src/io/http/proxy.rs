//! The system's proxy, read as the guides say: `https_proxy` and `http_proxy`, `no_proxy` with exact names only, and no proxy
//! authentication.

#![deny(clippy::indexing_slicing)]

use crate::io::tls::names;
use crate::machine::visible_line;
use url::Url;

/// What the environment says of proxies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemProxy {
    https: Option<Url>,
    http: Option<Url>,
    except: Vec<String>,
}

impl SystemProxy {
    /// Of this process.
    #[must_use]
    pub fn from_environment() -> SystemProxy {
        SystemProxy::read(|name| std::env::var(name).ok())
    }

    /// As `variable` gives them.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> SystemProxy {
        let first =
            |names: [&str; 2]| names.into_iter().find_map(|name| variable(name).filter(|value| !value.trim().is_empty()));
        let except = first(["no_proxy", "NO_PROXY"]).unwrap_or_default();
        SystemProxy {
            https: first(["https_proxy", "HTTPS_PROXY"]).and_then(|text| proxy(&text)),
            // In upper case this one may be a header field of somebody's request (CVE-2016-5385).
            http: variable("http_proxy").filter(|value| !value.trim().is_empty()).and_then(|text| proxy(&text)),
            except: except.split([',', ' ']).filter(|name| !name.is_empty()).map(names::ascii).collect(),
        }
    }

    /// The proxy that carries a request to `url`; none where it goes there itself.
    #[must_use]
    pub fn of(&self, url: &Url) -> Option<&Url> {
        let host = names::ascii(url.host_str()?);
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.except.contains(&host))
    }
}

fn proxy(text: &str) -> Option<Url> {
    let text = text.trim();
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&full).ok().filter(|url| url.scheme() == "http" && url.host_str().is_some());
    let Some(mut url) = url else {
        // It may hold a password.
        tracing::warn!("the proxy of the environment is not used: it is written as in http://proxy.example.test:3128");
        return None;
    };
    if !url.username().is_empty() || url.password().is_some() {
        tracing::warn!(
            "the proxy {} is asked without a password: proxy authentication is not supported",
            visible_line(url.host_str().unwrap_or_default())
        );
        // Of an http URL with a host they can be taken.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let read = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        SystemProxy::read(read).of(&Url::parse(url).unwrap()).map(Url::to_string)
    }

    #[test]
    fn it_is_read_as_the_guides_say() {
        let both = [
            ("https_proxy", "http://p.example:3128"),
            ("http_proxy", "q.example:8080"),
            ("no_proxy", "a.example, .b.example,*"),
        ];
        assert_eq!(of(&both, "https://cas.example/x").as_deref(), Some("http://p.example:3128/"));
        assert_eq!(of(&both, "http://cas.example/x").as_deref(), Some("http://q.example:8080/"));
        assert_eq!(of(&both, "https://A.example/x"), None, "it is named exactly");
        assert!(of(&both, "https://x.b.example/").is_some(), "names with wildcards are not read");
        assert_eq!(of(&[("HTTPS_PROXY", "P.example:1")], "https://c/").as_deref(), Some("http://p.example:1/"));
        assert_eq!(of(&[("HTTP_PROXY", "p.example:1")], "http://c/"), None);
        assert_eq!(of(&[("https_proxy", "http://u:p@p.example:1")], "https://c/").as_deref(), Some("http://p.example:1/"));
        for bad in ["", " ", "socks5://p:1", "https://p:1", "http://", "::"] {
            assert_eq!(of(&[("https_proxy", bad)], "https://c/"), None, "{bad}");
        }
    }
}
