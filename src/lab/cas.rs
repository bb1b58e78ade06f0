//! The Webex directory of organisations (fact sheet §1): is this domain an organisation, and how do its people sign in?
#![deny(clippy::indexing_slicing)]

use super::http::{Delivery, Service, Visit, html, page};
use super::site::{ErrorShape, Organisation, Site};
use crate::machine::Moment;
use crate::protocol::http::{Method, Response};

/// The path of the question.
pub const PATH: &str = "/cas/FederatedSSO";

/// What an identity provider would read; nobody reads it here.
const SAML: &str = "fVHLbsIwELz3K6Lc82hIgKyAlIpDkWiLIO2hF2TsDVhy7NTrVP37mqRI9FKfdnd2xjszZ6JRrax6d9F7%2BOyBXPDdKE2yArO41x0zZCVJzRogybnk1fpxK1kUy9YaZ7hR8Q3lfwYjAutPMDrYrGLJO8uybcqndTkeD%2BfFKC8Ho%2FE0zWezIk2zyTSdVc";

/// The directory.
#[derive(Clone, Debug)]
pub struct Cas {
    site: Site,
}

impl Cas {
    /// Of this site's domain.
    #[must_use]
    pub fn new(site: Site) -> Cas {
        Cas { site }
    }

    fn say(&self, visit: Visit<'_>) -> Response {
        let request = visit.request;
        if request.url.path() != PATH {
            return page(404, "There is nothing here.");
        }
        if request.method != Method::Get {
            return page(405, "This is read only.");
        }
        let asked = request.url.query_pairs().find(|(name, _)| name == "org").map(|(_, domain)| domain.into_owned());
        let known = asked.is_some_and(|domain| domain.eq_ignore_ascii_case(self.site.domain.as_str()));
        let organisation = if known { self.site.cas.organisation } else { Organisation::None };
        let identity_provider = format!("https://{}/sso/SSORedirect", self.site.domain.host("idp"));
        let redirect =
            |location: String| Response { status: 302, headers: vec![("Location".into(), location)], body: Vec::new() };
        match organisation {
            Organisation::None => self.error(1, "PROTOCOL ERROR", "Org can not be found"),
            Organisation::Password => self.error(7, "SSO NOT ENABLED", "Org is not configured for SSO"),
            Organisation::OtherCode => self.error(17, "EXPIRED", "Account has expired"),
            Organisation::SsoRedirect => redirect(format!("{identity_provider}?SAMLRequest={SAML}&RelayState=x")),
            Organisation::HttpRedirect => {
                redirect(format!("{}?SAMLRequest={SAML}", identity_provider.replace("https", "http")))
            }
            Organisation::OtherRedirect => redirect(identity_provider),
            Organisation::SsoForm => html(
                200,
                &format!(
                    "<!DOCTYPE html><html><body onload=\"document.forms[0].submit()\"><form method=\"post\" action=\"\
                     {identity_provider}\"><input type=\"hidden\" name=\"SAMLRequest\" value=\"{SAML}\"/></form></body></html>"
                ),
            ),
            Organisation::SsoDocument => xml("<federatedsso><status>SUCCESS</status><org>".to_owned()
                + self.site.domain.as_str()
                + "</org></federatedsso>"),
            Organisation::Empty => xml(String::new()),
        }
    }

    fn error(&self, code: u8, reason: &str, says: &str) -> Response {
        xml(match self.site.cas.error_shape {
            ErrorShape::Remembered => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<federatedsso><status>FAILURE</status><error><errorcode>{code}\
                 </errorcode><reason>{reason}</reason>\n<errordescription>{says}</errordescription></error></federatedsso>\n"
            ),
            ErrorShape::Flat => format!("<federatedsso><errorcode>{code}</errorcode></federatedsso>"),
            ErrorShape::Deep => format!(
                "<c:federatedsso xmlns:c=\"urn:example:cas\"><c:answer><c:errors count=\"1\"><c:text>{says}</c:text>\
                 <c:errorcode> {code} </c:errorcode></c:errors></c:answer></c:federatedsso>"
            ),
        })
    }
}

fn xml(body: String) -> Response {
    let headers = vec![("Content-Type".into(), "text/xml;charset=UTF-8".into())];
    Response { status: 200, headers, body: body.into_bytes() }
}

impl Service for Cas {
    fn answer(&mut self, _now: Moment, visit: Visit<'_>) -> Delivery {
        Delivery::of(&self.site.cas.answers, visit.request, self.say(visit))
    }
}

#[cfg(test)]
mod tests {
    use super::super::http::How;
    use super::super::wire::{Door, Node};
    use super::*;
    use crate::protocol::http::Request;
    use std::time::Duration;
    use url::Url;

    fn ask(text: &str, question: &str) -> (u16, String, String) {
        let request = Request::get(Url::parse(&format!("https://127.0.0.1{question}")).unwrap(), Duration::from_secs(3));
        let visit = Visit { door: Door::Cas, node: Node::First, request: &request };
        match Cas::new(Site::parse(text).unwrap()).answer(Moment::START, visit).how {
            How::Whole(response) => {
                let location = response.header("Location").unwrap_or_default().to_owned();
                (response.status, location, String::from_utf8(response.body).unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    const OURS: &str = "/cas/FederatedSSO?org=lab.example";

    #[test]
    fn each_kind_of_organisation_has_its_answer() {
        let kind = |kind: &str| ask(&format!("cas.organisation = {kind:?}"), OURS);
        assert!(kind("none").2.contains("<errorcode>1</errorcode>"));
        assert!(kind("password").2.contains("<errorcode>7</errorcode>"));
        assert!(kind("other-code").2.contains("<errorcode>17</errorcode>"));
        let (status, location, _) = kind("sso-redirect");
        assert!(status == 302 && location.starts_with("https://idp.lab.example/") && location.contains("SAMLRequest="));
        assert!(kind("http-redirect").1.starts_with("http://") && kind("http-redirect").1.contains("SAMLRequest="));
        assert!(kind("other-redirect").0 == 302 && !kind("other-redirect").1.contains("SAMLRequest"));
        let (status, _, body) = kind("sso-form");
        assert!(status == 200 && body.contains("name=\"SAMLRequest\""));
        let (_, _, body) = kind("sso-document");
        assert!(body.starts_with("<federatedsso>") && !body.contains("errorcode"));
        assert_eq!(kind("empty").2, "");
    }

    #[test]
    fn errors_come_in_every_shape_and_of_other_domains_always() {
        for shape in ["remembered", "flat", "deep"] {
            let body = ask(&format!("cas.error-shape = {shape:?}"), OURS).2;
            assert!(body.contains("errorcode>") && body.contains('1'), "{body}");
        }
        let webex = "cas.organisation = \"password\"";
        assert!(ask(webex, "/cas/FederatedSSO?org=elsewhere.example").2.contains(">1<"));
        assert!(ask(webex, "/cas/FederatedSSO").2.contains(">1<"));
        assert_eq!(ask("", "/").0, 404);
    }
}
