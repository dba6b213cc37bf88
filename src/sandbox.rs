//! Closes the network to this process (Linux: enforced by the kernel).
//!
//! A seccomp filter over all threads refuses every socket but local ones, and
//! io_uring, which could open them unseen; Landlock refuses TCP once more where
//! the kernel has it. Child processes inherit both, and neither can be undone.
//! A local socket may still reach a service that itself has a network.

/// What keeps this process off the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sandbox {
    /// The kernel refuses; `landlock` says whether Landlock does so too.
    Enforced { landlock: bool },
    /// Nothing but the program itself: it opens no connection.
    Unenforced { reason: String },
}

impl Sandbox {
    /// What the reader of a report should know: that the kernel enforces
    /// nothing, and why.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::Enforced { .. } => None,
            Self::Unenforced { .. } => Some(self.to_string()),
        }
    }
}

impl std::fmt::Display for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Enforced { landlock: true } => {
                write!(f, "network closed by the kernel (seccomp and Landlock)")
            }
            Self::Enforced { landlock: false } => {
                write!(f, "network closed by the kernel (seccomp)")
            }
            Self::Unenforced { reason } => {
                write!(f, "the kernel does not close the network: {reason}")
            }
        }
    }
}

/// The kernel would not close the network.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the seccomp filter could not be built or installed")]
    #[cfg(target_os = "linux")]
    Seccomp(#[source] Box<seccompiler::Error>),
    #[error("the seccomp filter could not be written")]
    #[cfg(target_os = "linux")]
    Filter(#[source] Box<seccompiler::BackendError>),
}

/// Closes the network to every thread of this process and to its children,
/// for good. Calling it again changes nothing.
#[cfg(target_os = "linux")]
pub fn close_network() -> Result<Sandbox, SandboxError> {
    linux::close_network()
}

/// Says that this system has no such means.
#[cfg(not(target_os = "linux"))]
pub fn close_network() -> Result<Sandbox, SandboxError> {
    Ok(Sandbox::Unenforced {
        reason: format!("this is not implemented for {}", std::env::consts::OS),
    })
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{ABI, Access, AccessNet, Ruleset, RulesetAttr, RulesetStatus};
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
        SeccompFilter, SeccompRule, TargetArch,
    };

    use super::{Sandbox, SandboxError};

    /// Added to the number of a call made in the x32 form of x86-64.
    const X32: i64 = 0x4000_0000;

    pub fn close_network() -> Result<Sandbox, SandboxError> {
        let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else {
            let reason = format!("no filter is known for {}", std::env::consts::ARCH);
            return Ok(Sandbox::Unenforced { reason });
        };
        let program = filter(arch).map_err(|e| SandboxError::Filter(Box::new(e)))?;
        // Landlock covers this thread and what it starts, so it only adds to
        // the filter; a kernel without it is no failure.
        let landlock = refuse_tcp();
        seccompiler::apply_filter_all_threads(&program)
            .map_err(|e| SandboxError::Seccomp(Box::new(e)))?;
        Ok(Sandbox::Enforced { landlock })
    }

    /// Refuses `socket` but for local ones, and io_uring. A program of another
    /// architecture is ended by the filter's own check.
    fn filter(arch: TargetArch) -> Result<BpfProgram, BackendError> {
        let foreign = |local: i32| {
            SeccompRule::new(vec![SeccompCondition::new(
                0,
                SeccompCmpArgLen::Dword,
                SeccompCmpOp::Ne,
                local as u64,
            )?])
        };
        let mut rules = BTreeMap::new();
        let offsets: &[i64] = if arch == TargetArch::x86_64 { &[0, X32] } else { &[0] };
        for offset in offsets {
            // An empty list of rules refuses the call whatever its arguments.
            rules.insert(offset + libc::SYS_socket, vec![foreign(libc::AF_UNIX)?]);
            rules.insert(offset + libc::SYS_io_uring_setup, Vec::new());
            rules.insert(offset + libc::SYS_io_uring_enter, Vec::new());
        }
        let refuse = SeccompAction::Errno(libc::EPERM as u32);
        SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)?.try_into()
    }

    fn refuse_tcp() -> bool {
        Ruleset::default()
            .handle_access(AccessNet::from_all(ABI::V4))
            .and_then(Ruleset::create)
            .and_then(|ruleset| ruleset.restrict_self())
            .is_ok_and(|status| status.ruleset == RulesetStatus::FullyEnforced)
    }
}
