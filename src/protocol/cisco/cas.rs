//! What the CAS of Webex Messenger answers to `GET …/cas/FederatedSSO?org=DOMAIN` (fact sheet §1): whether the domain is an
//! organisation, and whether that signs in with single sign-on.
//!
//! Only what is listed at [`Organisation`] means something. Everything else, a captive portal's page with status 200 among
//! it, is no answer; nothing is followed.
#![deny(clippy::indexing_slicing)]

use super::html::{Tag, tags};
use super::xml;
use crate::machine::visible_line;
use crate::protocol::http::Response;
use url::Url;

/// The parameter of SAML 2.0 by which a browser is sent to sign in (Bindings §3.4.4.1 and §3.5.4).
const SAML_REQUEST: &str = "SAMLRequest";

/// What a domain is to Webex Messenger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Organisation {
    /// Single sign-on: a redirection to https, or a form, that carries `SAMLRequest`; or a complete `federatedsso` document
    /// without `errorcode`.
    WithSso,
    /// User name and password: `errorcode` 7.
    WithoutSso,
    /// No organisation: `errorcode` 1.
    None,
}

/// Reads an answer.
///
/// # Errors
/// What came instead, for people: it is no answer of a CAS.
pub fn parse(response: &Response) -> Result<Organisation, String> {
    match response.status {
        300..=399 => redirected(response.header("Location")),
        200 => document(&response.body),
        status => Err(format!("status {status}")),
    }
}

fn redirected(location: Option<&str>) -> Result<Organisation, String> {
    // A URL is read without the line feeds in it, which no field of a header has.
    let location = location.map(str::trim).filter(|location| !location.contains(char::is_control));
    let url = location.and_then(|location| Url::parse(location).ok());
    let Some(url) = url.filter(|url| url.scheme() == "https" && url.host_str().is_some()) else {
        return Err("a redirection that does not lead to https".into());
    };
    let carries = url.query_pairs().any(|(name, value)| name == SAML_REQUEST && !value.is_empty());
    if carries { Ok(Organisation::WithSso) } else { Err(format!("a redirection without {SAML_REQUEST}")) }
}

fn document(body: &[u8]) -> Result<Organisation, String> {
    let wrong = match xml::parse_any(body, "federatedsso") {
        Ok(root) if root.name() == "federatedsso" => return codes(&root),
        Ok(root) => format!("a document “{}”", visible_line(root.name())),
        Err(unreadable) => unreadable.found,
    };
    // HTML may be XML, and mostly is not: what is no document of the CAS is looked at as a page.
    if form_carries_request(&String::from_utf8_lossy(body)) { Ok(Organisation::WithSso) } else { Err(wrong) }
}

fn codes(root: &xml::Node) -> Result<Organisation, String> {
    let mut codes = root.all("errorcode").into_iter().map(|node| node.text().unwrap_or_default());
    let code = codes.next();
    if codes.any(|other| Some(other) != code) {
        return Err("several error codes".into());
    }
    match code {
        None => Ok(Organisation::WithSso),
        Some("7") => Ok(Organisation::WithoutSso),
        Some("1") => Ok(Organisation::None),
        Some(other) => Err(format!("error code “{}”", visible_line(&other.chars().take(16).collect::<String>()))),
    }
}

/// Whether a complete page holds a complete form with a filled field `SAMLRequest`, that is not sent in clear.
fn form_carries_request(page: &str) -> bool {
    let (mut carries, mut found, mut open) = (None, false, false);
    for tag in tags(page) {
        match tag.name.as_str() {
            "html" => open = true,
            "/html" => open = false,
            "form" => carries = (!goes_in_clear(&tag)).then_some(false),
            "input" if tag.attribute("name") == Some(SAML_REQUEST) => {
                let filled = tag.attribute("value").is_some_and(|value| !value.trim().is_empty());
                carries = carries.map(|carries| carries || filled);
            }
            "/form" => found |= carries.take() == Some(true),
            _ => {}
        }
    }
    found && !open
}

fn goes_in_clear(form: &Tag) -> bool {
    form.attribute("action").and_then(|action| Url::parse(action.trim()).ok()).is_some_and(|url| url.scheme() != "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(status: u16, location: &str) -> Result<Organisation, String> {
        parse(&Response { status, headers: vec![("location".into(), location.into())], body: Vec::new() })
    }

    fn page(body: &str) -> Result<Organisation, String> {
        parse(&Response { status: 200, headers: Vec::new(), body: body.into() })
    }

    const FORM: &str = "<!DOCTYPE html><html><head><script>if (a < b) document.forms[0].submit()</script></head><body>\
        <form method=post action=\"https://idp.lab.example/sso\"><input type=hidden name='SAMLRequest' value=\"PHNhbWw+\"/>\
        <input type=submit></form></body></html>";

    #[test]
    fn redirections_to_https_with_a_saml_request_are_organisations_and_no_others() {
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(redirect(status, "https://idp.lab.example/sso?a=b&SAMLRequest=fZI"), Ok(Organisation::WithSso));
        }
        for location in [
            "http://idp.lab.example/sso?SAMLRequest=fZI",
            "https://idp.lab.example/sso",
            "https://idp.lab.example/sso?SAMLRequest=",
            "https://idp.lab.example/sso?samlrequest=fZI",
            "https://idp.lab.example/SAMLRequest#SAMLRequest=fZI",
            "/sso?SAMLRequest=fZI",
            "h\rttps://idp.lab.example/sso?SAMLRequest=fZI",
            "javascript:SAMLRequest",
            "",
        ] {
            assert!(redirect(302, location).is_err(), "{location}");
        }
        assert!(parse(&Response { status: 302, ..Response::default() }).is_err());
        for status in [0, 199, 201, 204, 400, 401, 404, 500, 503] {
            assert!(redirect(status, "https://idp.lab.example/sso?SAMLRequest=fZI").is_err(), "{status}");
        }
    }

    #[test]
    fn documents_are_read_by_their_code() {
        let code = |code: &str| {
            page(&format!(
                "<?xml version=\"1.0\"?>\n<federatedsso><status>FAILURE</status><error><errorcode>{code}</errorcode><reason>x</reason></error></federatedsso>\n"
            ))
        };
        assert_eq!(code("1"), Ok(Organisation::None));
        assert_eq!(code(" 7\n"), Ok(Organisation::WithoutSso));
        for other in ["", "0", "2", "13", "01", "1a", "7</errorcode><errorcode>1", "\u{202e}"] {
            let said = code(other).unwrap_err();
            assert!(said.contains("code") && !said.contains('\u{202e}'), "{other}: {said}");
        }
        assert_eq!(page("<federatedsso><status>SUCCESS</status></federatedsso>"), Ok(Organisation::WithSso));
        assert_eq!(page("<c:federatedsso xmlns:c='u'/>"), Ok(Organisation::WithSso));
    }

    #[test]
    fn what_is_cut_short_anywhere_is_no_answer() {
        let document = "<federatedsso><status>SUCCESS</status><org sso=\"1\">lab.example</org></federatedsso>";
        for whole in [document, FORM] {
            assert_eq!(page(whole), Ok(Organisation::WithSso));
            for end in 0..whole.len() {
                let cut = page(&whole[..end]);
                assert!(cut.is_err(), "{:?}: {cut:?}", &whole[..end]);
            }
        }
    }

    #[test]
    fn pages_are_organisations_only_by_a_whole_form_that_carries_a_request() {
        assert_eq!(page("<FORM><INPUT NAME=SAMLRequest VALUE=abc></FORM>"), Ok(Organisation::WithSso));
        for wrong in [
            "",
            "  ",
            "OK",
            "<html><body>Welcome to the hotel. SAMLRequest</body></html>",
            "<html><form action=/login><input name=user></form></html>",
            "<form><input name=SAMLRequest></form>",
            "<form></form><input name=SAMLRequest value=x>",
            "<input name=SAMLRequest value=x><form></form>",
            "<form action='http://idp.lab.example/'><input name=SAMLRequest value=x></form>",
            "<!-- <form><input name=SAMLRequest value=x></form> -->",
            "<script>'<form><input name=SAMLRequest value=x></form>'</script>",
            "<a href='?SAMLRequest=x'><form></form>",
            "<federatedsso><errorcode>1</errorcode>",
            "<other/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><federatedsso>&b;</federatedsso>",
        ] {
            assert!(page(wrong).is_err(), "{wrong}");
        }
    }
}
