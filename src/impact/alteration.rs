//! What can happen to a symbol.

use std::fmt;

use serde::Serialize;

/// One thing that a change does to a symbol. Types and names are as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alteration {
    Added,
    Removed,
    /// From this qualified name.
    Renamed {
        from: String,
    },
    /// From this file.
    Moved {
        from: String,
    },
    ParameterAdded {
        name: String,
        optional: bool,
    },
    ParameterRemoved {
        name: String,
    },
    /// Callers can write the name only where `named` is set.
    ParameterRenamed {
        from: String,
        to: String,
        named: bool,
    },
    /// The same parameters in another order.
    ParametersReordered,
    DefaultAdded {
        name: String,
    },
    DefaultRemoved {
        name: String,
    },
    /// From here on it is given so.
    Passed {
        name: String,
        by: Passing,
    },
    /// Whether it now takes any number of arguments, or ceased to.
    Variadic {
        name: String,
        now: bool,
    },
    ParameterType {
        name: String,
        from: Option<String>,
        to: Option<String>,
    },
    /// How a method takes its object.
    Receiver {
        from: Option<String>,
        to: Option<String>,
    },
    Returns {
        from: Option<String>,
        to: Option<String>,
    },
    /// Whether it now may return nothing, or null, which it did not before; or the
    /// other way round.
    ReturnsNothing(bool),
    Raises {
        name: String,
    },
    NoLongerRaises {
        name: String,
    },
    /// Whether it became asynchronous, or ceased to be.
    Async(bool),
    Visibility {
        from: Option<String>,
        to: Option<String>,
    },
    /// A check that it no longer makes: the kind, and what was checked.
    GuardRemoved {
        kind: String,
        subject: Option<String>,
    },
    /// Only what it does, not how it is used.
    Body,
    /// A type's heading or a constant's value, in a way that is not told apart.
    Declaration,
}

/// How callers may give an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Passing {
    Position,
    Name,
    Either,
}

impl Alteration {
    /// Whether a call that fitted before may not fit any more, or may mean
    /// something else.
    pub fn alters_calls(&self) -> bool {
        matches!(
            self,
            Self::ParameterAdded { .. }
                | Self::ParameterRemoved { .. }
                | Self::ParameterRenamed { .. }
                | Self::ParametersReordered
                | Self::DefaultAdded { .. }
                | Self::DefaultRemoved { .. }
                | Self::Passed { .. }
                | Self::Variadic { .. }
        )
    }

    /// See [`super::Effect::weight`].
    pub fn weight(&self) -> u8 {
        match self {
            Self::Removed
            | Self::Renamed { .. }
            | Self::ParameterAdded { optional: false, .. }
            | Self::ParameterRemoved { .. }
            | Self::ParameterRenamed { named: true, .. }
            | Self::ParametersReordered
            | Self::DefaultRemoved { .. }
            | Self::Passed { by: Passing::Position | Passing::Name, .. }
            | Self::Receiver { from: None, .. }
            | Self::Receiver { to: None, .. }
            | Self::Variadic { .. }
            | Self::Async(_)
            | Self::ReturnsNothing(true) => 3,
            Self::Moved { .. }
            | Self::Receiver { .. }
            | Self::ParameterType { .. }
            | Self::Returns { .. }
            | Self::Raises { .. }
            | Self::NoLongerRaises { .. }
            | Self::Visibility { .. }
            | Self::Declaration
            | Self::GuardRemoved { .. } => 2,
            Self::ParameterAdded { optional: true, .. }
            | Self::DefaultAdded { .. }
            | Self::Passed { by: Passing::Either, .. }
            | Self::ReturnsNothing(false)
            | Self::Body => 1,
            Self::Added | Self::ParameterRenamed { named: false, .. } => 0,
        }
    }
}

impl fmt::Display for Alteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |t: &Option<String>| t.clone().unwrap_or_else(|| "no type".to_owned());
        match self {
            Self::Added => f.write_str("new"),
            Self::Removed => f.write_str("removed"),
            Self::Renamed { from } => write!(f, "renamed from {from}"),
            Self::Moved { from } => write!(f, "moved from {from}"),
            Self::ParameterAdded { name, optional: true } => {
                write!(f, "new optional parameter {name}")
            }
            Self::ParameterAdded { name, .. } => write!(f, "new required parameter {name}"),
            Self::ParameterRemoved { name } => write!(f, "parameter {name} removed"),
            Self::ParameterRenamed { from, to, .. } => write!(f, "parameter {from} is now {to}"),
            Self::ParametersReordered => f.write_str("parameters in another order"),
            Self::DefaultAdded { name } => write!(f, "parameter {name} is now optional"),
            Self::DefaultRemoved { name } => write!(f, "parameter {name} is now required"),
            Self::Passed { name, by } => {
                let by = match by {
                    Passing::Position => "by position only",
                    Passing::Name => "by name only",
                    Passing::Either => "by position or name",
                };
                write!(f, "parameter {name} is now given {by}")
            }
            Self::Variadic { name, now: true } => {
                write!(f, "parameter {name} now takes any number of arguments")
            }
            Self::Variadic { name, .. } => write!(f, "parameter {name} now takes one argument"),
            Self::ParameterType { name, from, to } => {
                write!(f, "parameter {name}: {} -> {}", or_none(from), or_none(to))
            }
            Self::Receiver { from, to } => {
                let or_none = |t: &Option<String>| t.clone().unwrap_or_else(|| "none".to_owned());
                write!(f, "receiver {} -> {}", or_none(from), or_none(to))
            }
            Self::Returns { from, to } => write!(f, "returns {} -> {}", or_none(from), or_none(to)),
            Self::ReturnsNothing(true) => f.write_str("may now return nothing"),
            Self::ReturnsNothing(false) => f.write_str("no longer returns nothing"),
            Self::Raises { name } => write!(f, "may now raise {name}"),
            Self::NoLongerRaises { name } => write!(f, "no longer raises {name}"),
            Self::Async(true) => f.write_str("now async"),
            Self::Async(false) => f.write_str("no longer async"),
            Self::Visibility { from, to } => {
                let or_default =
                    |t: &Option<String>| t.clone().unwrap_or_else(|| "default".to_owned());
                write!(f, "visibility {} -> {}", or_default(from), or_default(to))
            }
            Self::GuardRemoved { kind, subject } => {
                write!(f, "lost its {}", kind.replace('_', " "))?;
                subject.as_ref().map_or(Ok(()), |subject| write!(f, " of {subject}"))
            }
            Self::Body => f.write_str("does something else inside"),
            Self::Declaration => f.write_str("declared differently"),
        }
    }
}
