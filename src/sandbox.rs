//! Closes the network to this process (Linux: enforced by the kernel).
//!
//! A seccomp filter over all threads refuses every socket but local ones, and
//! io_uring, which could open them unseen; Landlock refuses TCP once more where
//! the kernel has it. Child processes inherit both, and neither can be undone.
//! A local socket may still reach a service that itself has a network.
//!
//! The relay to an endpoint on the site's own network is a process of its own,
//! started before, with the narrowest confinement that leaves it TCP.

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

/// Leaves this process TCP connections to one port, where Landlock can say so,
/// and otherwise to any; no files, no programs, no other sockets. To be called
/// while there is one thread. The process can no longer be read or steered by
/// others of the same user.
#[cfg(target_os = "linux")]
pub fn confine_relay(port: u16) -> Result<Sandbox, SandboxError> {
    linux::confine_relay(port)
}

/// Says that this system has no such means.
#[cfg(not(target_os = "linux"))]
pub fn confine_relay(_port: u16) -> Result<Sandbox, SandboxError> {
    close_network()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, NetPort, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetStatus,
    };
    use seccompiler::{
        BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
        SeccompFilter, SeccompRule, TargetArch,
    };

    use super::{Sandbox, SandboxError};

    /// Added to the number of a call made in the x32 form of x86-64.
    const X32: i64 = 0x4000_0000;

    pub fn close_network() -> Result<Sandbox, SandboxError> {
        // Landlock covers this thread and what it starts, so it only adds to
        // the filter; a kernel without it is no failure.
        enforce(filter, refuse_tcp)
    }

    pub fn confine_relay(port: u16) -> Result<Sandbox, SandboxError> {
        // SAFETY: this option takes no pointer. It cannot fail for 0.
        unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) };
        enforce(relay_filter, || allow_port(port))
    }

    fn enforce(
        filter: impl Fn(TargetArch) -> Result<BpfProgram, BackendError>,
        landlock: impl Fn() -> bool,
    ) -> Result<Sandbox, SandboxError> {
        let Ok(arch) = TargetArch::try_from(std::env::consts::ARCH) else {
            let reason = format!("no filter is known for {}", std::env::consts::ARCH);
            return Ok(Sandbox::Unenforced { reason });
        };
        let program = filter(arch).map_err(|e| SandboxError::Filter(Box::new(e)))?;
        let landlock = landlock();
        seccompiler::apply_filter_all_threads(&program)
            .map_err(|e| SandboxError::Seccomp(Box::new(e)))?;
        Ok(Sandbox::Enforced { landlock })
    }

    /// Refuses `socket` but for local ones. A program of another architecture is
    /// ended by the filter's own check.
    fn filter(arch: TargetArch) -> Result<BpfProgram, BackendError> {
        let foreign = SeccompRule::new(vec![is_not(0, libc::AF_UNIX)?])?;
        refuse(arch, &[(libc::SYS_socket, vec![foreign])])
    }

    /// Refuses `socket` but for plain TCP, and what serves to listen, to start
    /// a program or to look into another process. Multipath TCP is refused since
    /// Landlock does not see it.
    fn relay_filter(arch: TargetArch) -> Result<BpfProgram, BackendError> {
        let mut wrong = vec![
            SeccompRule::new(vec![is_not(0, libc::AF_INET)?, is_not(0, libc::AF_INET6)?])?,
            SeccompRule::new(vec![is_not(2, 0)?, is_not(2, libc::IPPROTO_TCP)?])?,
        ];
        /// The bits of a socket's type that are not flags.
        const TYPE: u64 = 0xf;
        for kind in (0..=TYPE).filter(|kind| *kind != libc::SOCK_STREAM as u64) {
            let is = SeccompCmpOp::MaskedEq(TYPE);
            let same = SeccompCondition::new(1, SeccompCmpArgLen::Dword, is, kind)?;
            wrong.push(SeccompRule::new(vec![same])?);
        }
        let mut calls = vec![(libc::SYS_socket, wrong)];
        for call in [
            libc::SYS_socketpair,
            libc::SYS_bind,
            libc::SYS_listen,
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
        ] {
            calls.push((call, Vec::new()));
        }
        refuse(arch, &calls)
    }

    fn is_not(argument: u8, value: i32) -> Result<SeccompCondition, BackendError> {
        let (width, ne) = (SeccompCmpArgLen::Dword, SeccompCmpOp::Ne);
        SeccompCondition::new(argument, width, ne, value as u64)
    }

    /// Refuses calls where one of their rules matches, an empty list whatever
    /// the arguments are; and io_uring.
    fn refuse(
        arch: TargetArch,
        calls: &[(i64, Vec<SeccompRule>)],
    ) -> Result<BpfProgram, BackendError> {
        let mut rules = BTreeMap::new();
        let offsets: &[i64] = if arch == TargetArch::x86_64 { &[0, X32] } else { &[0] };
        for offset in offsets {
            rules.extend(calls.iter().map(|(call, wrong)| (offset + call, wrong.clone())));
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

    /// No files, and TCP to one port only.
    fn allow_port(port: u16) -> bool {
        let confine = || {
            Ruleset::default()
                .handle_access(AccessFs::from_all(ABI::V4))?
                .handle_access(AccessNet::from_all(ABI::V4))?
                .create()?
                .add_rule(NetPort::new(port, AccessNet::ConnectTcp))?
                .restrict_self()
        };
        let done: Result<_, landlock::RulesetError> = confine();
        done.is_ok_and(|status| status.ruleset == RulesetStatus::FullyEnforced)
    }
}
