//! Which value of a parameter holds (planning guide): what the service profile sets; where it is blank, what
//! `jabber-config.xml` sets; where both are blank, the default. For every parameter by itself.

/// A value, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter<T> {
    /// It.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// Where the value of a parameter came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The service profile.
    Profile,
    /// `jabber-config.xml`
    File,
    /// Neither sets it.
    Default,
}

impl Origin {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Profile => "service profile",
            Origin::File => "jabber-config.xml",
            Origin::Default => "default",
        }
    }
}

/// The value that holds.
#[must_use]
pub fn chosen<T>(profile: Option<T>, file: Option<T>, default: T) -> Parameter<T> {
    match (profile, file) {
        (Some(value), _) => Parameter { value, origin: Origin::Profile },
        (None, Some(value)) => Parameter { value, origin: Origin::File },
        (None, None) => Parameter { value: default, origin: Origin::Default },
    }
}

/// The value that holds, where there need not be any.
#[must_use]
pub fn chosen_if_any<T>(profile: Option<T>, file: Option<T>) -> Option<Parameter<T>> {
    profile
        .map(|value| Parameter { value, origin: Origin::Profile })
        .or_else(|| file.map(|value| Parameter { value, origin: Origin::File }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_goes_before_the_file_and_the_file_before_the_default() {
        let table = [
            (Some(1), Some(2), 1, Origin::Profile),
            (Some(1), None, 1, Origin::Profile),
            (None, Some(2), 2, Origin::File),
            (None, None, 3, Origin::Default),
        ];
        for (profile, file, value, origin) in table {
            assert_eq!(chosen(profile, file, 3), Parameter { value, origin });
            let any = (origin != Origin::Default).then_some(Parameter { value, origin });
            assert_eq!(chosen_if_any(profile, file), any);
        }
    }
}
