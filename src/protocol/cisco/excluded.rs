//! `ServiceDiscoveryExcludedServices`: the sources of discovery that are not to be asked.

/// Which services are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExcludedServices {
    /// `WEBEX`: CAS is not asked.
    pub webex: bool,
    /// `CUCM`: `_cisco-uds` is not asked.
    pub cucm: bool,
    /// `CUP`: `_cuplogin` is not asked.
    pub cup: bool,
}

impl ExcludedServices {
    /// All three: `_collab-edge` is not asked either.
    #[must_use]
    pub const fn all(self) -> bool {
        self.webex && self.cucm && self.cup
    }

    /// Reads names with commas between them, whatever their case; empty for none.
    ///
    /// # Errors
    /// A sentence that says the right form.
    pub fn parse(text: &str) -> Result<ExcludedServices, String> {
        let mut excluded = ExcludedServices::default();
        for name in text.split([',', ';', ' ']).filter(|name| !name.is_empty()) {
            match name.to_ascii_uppercase().as_str() {
                "WEBEX" => excluded.webex = true,
                "CUCM" => excluded.cucm = true,
                "CUP" => excluded.cup = true,
                _ => {
                    let shown = crate::machine::visible_line(name);
                    return Err(format!(
                        "“{shown}” is no service that can be left out: write WEBEX, CUCM and CUP with commas between them."
                    ));
                }
            }
        }
        Ok(excluded)
    }
}

impl std::fmt::Display for ExcludedServices {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = [(self.webex, "WEBEX"), (self.cucm, "CUCM"), (self.cup, "CUP")];
        let names: Vec<_> = named.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
        out.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_whatever_their_case_and_order() {
        let both = ExcludedServices::parse("cup, Webex").unwrap();
        assert_eq!(both, ExcludedServices { webex: true, cucm: false, cup: true });
        assert_eq!(both.to_string(), "WEBEX,CUP");
        assert_eq!(ExcludedServices::parse(&both.to_string()), Ok(both));
        assert_eq!(ExcludedServices::parse(""), Ok(ExcludedServices::default()));
        assert!(ExcludedServices::parse("WEBEX,\u{1b}EDGE").unwrap_err().contains("WEBEX, CUCM and CUP"));
    }
}
