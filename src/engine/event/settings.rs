//! Settings of sign-in by address as they hold now, each with where it came from: as `offhook settings show` says them.

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: SettingValue,
    /// Where the value came from: `account`, `default`, `provision`, `bootstrap`, `address` or `built-in`.
    pub source: &'static str,
}

/// What a setting is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// Nothing.
    Unset,
    /// This.
    Text(String),
    /// So many, or the one of this number.
    Number(u16),
    /// All of these.
    List(Vec<String>),
    /// On, or off.
    Switch(bool),
}

impl std::fmt::Display for SettingValue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SettingValue::Unset => out.write_str("-"),
            SettingValue::List(all) if all.is_empty() => out.write_str("-"),
            SettingValue::Text(text) => out.write_str(text),
            SettingValue::Number(number) => write!(out, "{number}"),
            SettingValue::List(all) => out.write_str(&all.join(",")),
            SettingValue::Switch(on) => write!(out, "{on}"),
        }
    }
}
