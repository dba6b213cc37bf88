//! Tests of the closed network, each in a process of its own: it stays closed.

#![cfg(target_os = "linux")]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::{Command, Output};
use std::sync::mpsc;

use forewarn::asset::Assets;
use forewarn::config::Config;
use forewarn::docs::{Docs, Machine};
use forewarn::engine::{Llm, Message};
use forewarn::lang::Languages;
use forewarn::sandbox::{Sandbox, close_network, confine_relay};

use crate::common::server::{Answer, Server};
use crate::remote;

/// Set for a copy of this test binary that closes its network.
const PLAY: &str = "FOREWARN_TEST_SANDBOX";

/// Runs `body` in a copy of this process that runs only the test `name`.
fn apart(name: &str, body: impl FnOnce()) {
    if std::env::var_os(PLAY).is_some() {
        body();
        println!("played to the end");
        return;
    }
    let output: Output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("sandbox::{name}"), "--nocapture"])
        .env(PLAY, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.contains("played to the end"), "{text}{errors}");
}

fn close() {
    let sandbox = close_network().unwrap();
    assert!(matches!(sandbox, Sandbox::Enforced { .. }), "{sandbox:?}");
}

fn refused<T: std::fmt::Debug>(result: std::io::Result<T>) {
    assert_eq!(result.unwrap_err().kind(), ErrorKind::PermissionDenied);
}

fn io_uring() -> std::io::Result<()> {
    let mut parameters = [0u8; 120];
    // SAFETY: the kernel writes at most a `struct io_uring_params` (120 bytes).
    let fd = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) };
    if fd < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

#[test]
fn the_network_is_open_before_and_closed_after() {
    apart("the_network_is_open_before_and_closed_after", || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        TcpStream::connect(address).unwrap();
        UdpSocket::bind("127.0.0.1:0").unwrap();
        close();
        refused(TcpStream::connect(address));
        refused(TcpListener::bind("127.0.0.1:0"));
        refused(TcpListener::bind("[::1]:0"));
        refused(UdpSocket::bind("127.0.0.1:0"));
        refused(io_uring());
        for family in [libc::AF_NETLINK, libc::AF_PACKET, libc::AF_VSOCK] {
            // SAFETY: no pointer is passed.
            let fd = unsafe { libc::socket(family, libc::SOCK_DGRAM, 0) };
            assert!(fd < 0, "family {family} is open");
            refused::<()>(Err(std::io::Error::last_os_error()));
        }
    });
}

#[test]
fn local_sockets_and_files_still_work() {
    apart("local_sockets_and_files_still_work", || {
        close();
        let (mut a, mut b) = UnixStream::pair().unwrap();
        a.write_all(b"hello").unwrap();
        drop(a);
        let mut text = String::new();
        b.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        UnixStream::connect(&path).unwrap();
        drop(listener);
        std::fs::write(folder.path().join("file"), "x").unwrap();
    });
}

#[test]
fn documentation_is_still_read_and_kept() {
    apart("documentation_is_still_read_and_kept", || {
        close();
        let home = tempfile::tempdir().unwrap();
        let source = home.path().join(".cargo/registry/src/i/fakelib-1.0.0/src");
        std::fs::create_dir_all(&source).unwrap();
        std::fs::write(source.join("lib.rs"), "/// Opens it.\npub fn open_valve() {}\n").unwrap();
        let machine = Machine {
            database: home.path().join("data/docs.db"),
            home: Some(home.path().to_owned()),
            variables: Default::default(),
            worktree: None,
            now: 0,
        };
        let assets = Assets::builtin();
        let languages = std::sync::Arc::new(Languages::load(&assets).unwrap());
        let limits = Config::builtin().docs;
        let docs = Docs::open(machine, &assets, languages, limits, None).unwrap();
        assert_eq!(docs.search("valve", Some("fakelib"), 1).unwrap().hits.len(), 1);
    });
}

#[test]
fn threads_that_ran_before_are_covered() {
    apart("threads_that_ran_before_are_covered", || {
        let (go, wait) = mpsc::channel::<()>();
        let (ready, started) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            TcpListener::bind("127.0.0.1:0").unwrap();
            ready.send(()).unwrap();
            wait.recv().unwrap();
            (TcpListener::bind("127.0.0.1:0"), UdpSocket::bind("127.0.0.1:0"))
        });
        started.recv().unwrap();
        close();
        go.send(()).unwrap();
        let (tcp, udp) = thread.join().unwrap();
        refused(tcp);
        refused(udp);
    });
}

#[test]
fn programs_started_afterwards_are_covered_and_git_still_runs() {
    apart("programs_started_afterwards_are_covered_and_git_still_runs", || {
        close();
        close();
        // Bash opens the connection itself, but not every system has it.
        let script = "import socket\ntry:\n socket.socket()\nexcept PermissionError:\n print('no')";
        for (program, argument, code) in [
            ("python3", "-c", script),
            ("bash", "-c", "echo x 2>&1 >/dev/tcp/127.0.0.1/9 | grep -o 'not permitted' || true"),
        ] {
            if let Ok(output) = Command::new(program).args([argument, code]).output() {
                let text = String::from_utf8_lossy(&output.stdout);
                assert!(text.contains("no"), "{program}: {text}");
            }
        }
        let output = Command::new("git").arg("--version").output().unwrap();
        assert!(output.status.success());
    });
}

#[test]
fn a_copy_of_this_program_inherits_the_closed_network() {
    const INNER: &str = "FOREWARN_TEST_SANDBOX_INNER";
    apart("a_copy_of_this_program_inherits_the_closed_network", || {
        if std::env::var_os(INNER).is_some() {
            refused(TcpListener::bind("127.0.0.1:0"));
            return;
        }
        close();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sandbox::a_copy_of_this_program_inherits_the_closed_network"])
            .arg("--nocapture")
            .env(INNER, "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    });
}

#[test]
fn a_review_reaches_its_endpoint_and_nothing_else() {
    apart("a_review_reaches_its_endpoint_and_nothing_else", || {
        let server = Server::chat("vllm", |_, _| Answer::Stream(vec!["here"]));
        let mut settings = forewarn::config::Config::builtin().endpoint;
        (settings.url, settings.model) = (server.url.clone(), "m".into());
        let remote = remote::start(&settings);
        // Not in this process: a server that began to listen still can.
        close();
        refused(TcpStream::connect(("127.0.0.1", server.port())));
        refused(UdpSocket::bind("127.0.0.1:0"));
        for _ in 0..2 {
            assert!(remote.count("abc").is_ok());
            let messages = [Message::user("u")];
            let completion = remote
                .complete(&remote::request(&messages, None), &mut |_| {
                    std::ops::ControlFlow::Continue(())
                })
                .unwrap();
            assert_eq!(completion.text, "here");
        }
        assert_eq!(remote.note(), None);
    });
}

#[test]
fn a_relay_may_connect_to_one_port_and_do_little_else() {
    apart("a_relay_may_connect_to_one_port_and_do_little_else", || {
        let endpoint = TcpListener::bind("127.0.0.1:0").unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        let (allowed, denied) = (port(&endpoint), port(&other));
        // The test's runner has other threads, which Landlock does not cover.
        let sandbox = confine_relay(allowed).unwrap();
        assert_eq!(sandbox, Sandbox::Enforced { landlock: true });
        TcpStream::connect(("127.0.0.1", allowed)).unwrap();
        refused(TcpStream::connect(("127.0.0.1", denied)));
        refused(TcpListener::bind("127.0.0.1:0"));
        refused(UdpSocket::bind("127.0.0.1:0"));
        refused(UnixStream::pair());
        refused(io_uring());
        refused(Command::new("/bin/true").spawn());
        refused(std::fs::read("/etc/hostname"));
        // SAFETY: no pointer is passed. Multipath TCP, which Landlock passes over.
        let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM, 262) };
        assert!(fd < 0);
        // SAFETY: as before; the flag is no part of the type.
        let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
        assert!(unsafe { libc::socket(libc::AF_INET, kind, 0) } >= 0);
    });
}
