//! Where somebody's photo is: `UdsPhotoUriWithToken` of `jabber-config.xml`, a URL with a token that stands for the user
//! (fact sheet §3, §6).

use url::Url;

/// What stands for the user name.
const TOKEN: &str = "%%uid%%";

/// Longer templates are none.
const LONGEST: usize = 2_048;

/// A template of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoUri(String);

impl PhotoUri {
    /// Reads a template; none where it is no URL over http or https, or does not say where the user stands. The user stands
    /// behind the host: whoever writes a name does not choose who is asked.
    #[must_use]
    pub fn parse(text: &str) -> Option<PhotoUri> {
        let template = PhotoUri(text.trim().to_owned());
        let (one, other) = (template.filled("a")?, template.filled("b")?);
        let place = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port());
        let same = place(&one) == place(&other) && one != other && one.username() == other.username();
        (same && text.len() <= LONGEST && matches!(one.scheme(), "http" | "https")).then_some(template)
    }

    /// Where the photo of a user is.
    #[must_use]
    pub fn of(&self, user: &str) -> Option<Url> {
        let mut name: Url = "x://x/".parse().ok()?;
        name.path_segments_mut().ok()?.push(user);
        let escaped = name.path().strip_prefix('/')?;
        // Such a name would be a step in the path, and it is nobody's.
        if matches!(user, "" | "." | "..") || escaped.is_empty() {
            return None;
        }
        // In a query these would be more than a name.
        self.filled(&escaped.replace('&', "%26").replace('+', "%2B"))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn filled(&self, user: &str) -> Option<Url> {
        self.0.contains(TOKEN).then(|| self.0.replace(TOKEN, user).parse().ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_stands_where_the_token_stood_and_chooses_nothing_else() {
        let template = PhotoUri::parse("http://photos.lab.example/%%uid%%.jpg").unwrap();
        let of = |user: &str| template.of(user).map(String::from);
        assert_eq!(of("ana").as_deref(), Some("http://photos.lab.example/ana.jpg"));
        assert_eq!(of("a/n a").as_deref(), Some("http://photos.lab.example/a%2Fn%20a.jpg"));
        assert_eq!(of("../x?y#z").as_deref(), Some("http://photos.lab.example/..%2Fx%3Fy%23z.jpg"));
        assert_eq!((of(""), of("."), of("..")), (None, None, None));
        let query = PhotoUri::parse("https://p.lab.example:8443/photo?of=%%uid%%&size=s").unwrap();
        assert_eq!(query.of("a&of=b+c").unwrap().as_str(), "https://p.lab.example:8443/photo?of=a%26of=b%2Bc&size=s");
    }

    #[test]
    fn a_template_without_a_place_for_the_user_is_none() {
        for wrong in [
            "",
            "https://photos.lab.example/all.jpg",
            "photos/%%uid%%.jpg",
            "https://%%uid%%.lab.example/photo.jpg",
            "https://%%uid%%@photos.lab.example/",
            "https://photos.lab.example:%%uid%%/",
            "%%uid%%://photos.lab.example/",
            "file:///photos/%%uid%%.jpg",
            "javascript:%%uid%%",
        ] {
            assert_eq!(PhotoUri::parse(wrong), None, "{wrong}");
        }
        assert!(PhotoUri::parse(&format!("https://a.example/{}%%uid%%", "x".repeat(LONGEST))).is_none());
    }
}
