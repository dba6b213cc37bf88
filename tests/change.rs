//! Tests of reading changes: every kind of selection, repository and file.

use std::path::{Path, PathBuf};

use forewarn::change::{
    Change, ChangeError, ChangedFile, Content, LineKind, Repo, Selection, Status, collect,
};

use crate::common::{TestRepo, git_in};

const LIMIT: u64 = 100_000;

fn repo(folder: &Path) -> Repo {
    Repo::discover(folder).unwrap()
}

fn read(test: &TestRepo, selection: &Selection) -> Result<Change, ChangeError> {
    collect(&repo(test.path()), selection, LIMIT)
}

fn range(test: &TestRepo, text: &str) -> Change {
    read(test, &Selection::Range(text.to_owned())).unwrap()
}

fn paths(change: &Change) -> Vec<&str> {
    change.files.iter().map(|f| f.path.as_str()).collect()
}

fn subjects(change: &Change) -> Vec<&str> {
    change.commits.iter().map(|c| c.subject.as_str()).collect()
}

fn added(file: &ChangedFile) -> Vec<(u32, &str)> {
    file.added_lines().collect()
}

fn removed(file: &ChangedFile) -> Vec<(u32, &str)> {
    file.removed_lines().collect()
}

/// A repository whose `main` has one commit and whose `topic`, checked out, has
/// two more.
fn topic() -> TestRepo {
    let test = TestRepo::new();
    test.write("a.py", "one\ntwo\nthree\n");
    test.commit("first");
    test.git(&["switch", "-q", "-c", "topic"]);
    test.write("a.py", "one\n2\nthree\n");
    test.commit("second\n\nwith a body\nof two lines");
    test.write("b.py", "new\n");
    test.commit("third");
    test
}

#[test]
fn a_push_is_compared_with_the_default_branch() {
    let test = topic();
    // Work on the default branch after the fork is no part of the change.
    test.git(&["switch", "-q", "main"]);
    test.write("later.py", "later\n");
    test.commit("on main");
    test.git(&["switch", "-q", "topic"]);
    let change = read(&test, &Selection::Push).unwrap();
    assert_eq!(paths(&change), ["a.py", "b.py"]);
    assert_eq!(subjects(&change), ["second", "third"]);
    assert_eq!(change.commits[0].body, "with a body\nof two lines");
    assert_eq!(change.commits[0].author, "Ada");
    assert_eq!(change.commits[0].time, 1_767_225_600);
    assert_eq!((change.base.label.as_str(), change.head.label.as_str()), ("main", "topic"));
    assert_eq!(change.base.commit, Some(test.git(&["rev-parse", "main~1"])));
    assert_eq!(change.head.commit, Some(test.git(&["rev-parse", "topic"])));
    let file = change.file("a.py").unwrap();
    assert_eq!((file.status, file.content), (Status::Modified, Content::Text));
    assert_eq!(added(file), [(2, "2")]);
    assert_eq!(removed(file), [(2, "two")]);
    assert_eq!(change.file("b.py").unwrap().status, Status::Added);
    assert_eq!(change.file("b.py").unwrap().base, None);
}

#[test]
fn a_push_is_compared_with_the_upstream_first() {
    let test = topic();
    let clone = test.clone_with(&["--branch", "topic"]);
    let change = read(&clone, &Selection::Push).unwrap();
    assert_eq!((paths(&change), change.base.label.as_str()), (vec![], "origin/topic"));
    clone.write("c.py", "c\n");
    clone.commit("fourth");
    assert_eq!(subjects(&read(&clone, &Selection::Push).unwrap()), ["fourth"]);
    // A branch without an upstream falls back to the remote's default branch.
    clone.git(&["switch", "-q", "-c", "other", "--no-track"]);
    clone.git(&["remote", "set-head", "origin", "main"]);
    let change = read(&clone, &Selection::Push).unwrap();
    assert_eq!(subjects(&change), ["second", "third", "fourth"]);
    assert_eq!(change.base.label, "origin");
}

#[test]
fn a_push_without_anything_to_compare_with_says_so() {
    let test = TestRepo::new();
    assert!(matches!(read(&test, &Selection::Push).unwrap_err(), ChangeError::Unborn));
    test.write("a.py", "a\n");
    test.commit("first");
    let error = read(&test, &Selection::Push).unwrap_err();
    assert!(matches!(error, ChangeError::NoUpstream), "{error:?}");
}

#[test]
fn a_detached_head_is_compared_with_the_default_branch() {
    let test = topic();
    test.git(&["checkout", "-q", "--detach"]);
    let change = read(&test, &Selection::Push).unwrap();
    assert_eq!(subjects(&change), ["second", "third"]);
    assert_eq!(change.head.label, test.git(&["rev-parse", "HEAD"])[..10]);
}

#[test]
fn ranges_mean_what_git_means() {
    let test = topic();
    test.git(&["switch", "-q", "main"]);
    test.write("later.py", "later\n");
    test.commit("on main");
    assert_eq!(paths(&range(&test, "main...topic")), ["a.py", "b.py"]);
    assert_eq!(paths(&range(&test, "main..topic")), ["a.py", "b.py", "later.py"]);
    assert_eq!(subjects(&range(&test, "main..topic")), ["second", "third"]);
    assert_eq!(subjects(&range(&test, "topic~1..topic")), ["third"]);
    assert_eq!(paths(&range(&test, "topic...")), ["later.py"]);
    assert_eq!(subjects(&range(&test, "topic")), ["third"]);
    assert_eq!(subjects(&range(&test, "topic~1^!")), ["second"]);
    assert_eq!(subjects(&range(&test, ":/sec")), ["second"]);
    test.git(&["tag", "-a", "v1", "-m", "one", "topic"]);
    assert_eq!(subjects(&range(&test, "main..v1")), ["second", "third"]);
}

#[test]
fn unknown_revisions_are_named() {
    let test = topic();
    for (text, name) in [
        ("nothing", "nothing"),
        ("main..gone", "gone"),
        ("gone...main", "gone"),
        ("--all", "--all"),
    ] {
        match read(&test, &Selection::Range(text.to_owned())).unwrap_err() {
            ChangeError::UnknownRevision(found) => assert_eq!(found, name),
            error => panic!("{text}: {error:?}"),
        }
    }
    test.git(&["switch", "-q", "--orphan", "apart"]);
    test.commit("apart");
    let error = read(&test, &Selection::Range("main...apart".to_owned())).unwrap_err();
    assert!(matches!(error, ChangeError::NoMergeBase(..)), "{error:?}");
}

#[test]
fn a_root_commit_is_compared_with_nothing() {
    let test = topic();
    let change = range(&test, "main");
    assert_eq!(paths(&change), ["a.py"]);
    assert_eq!(change.base.tree, forewarn::change::EMPTY_TREE);
    assert_eq!((change.base.commit.as_ref(), subjects(&change)), (None, vec!["first"]));
    assert_eq!(added(&change.files[0]), [(1, "one"), (2, "two"), (3, "three")]);
}

#[test]
fn a_merge_commit_is_compared_with_its_first_parent() {
    let test = topic();
    test.git(&["switch", "-q", "main"]);
    test.write("later.py", "later\n");
    test.commit("on main");
    test.git(&["merge", "-q", "--no-ff", "-m", "merge topic", "topic"]);
    let change = range(&test, "HEAD");
    assert_eq!(paths(&change), ["a.py", "b.py"]);
    assert_eq!(subjects(&change), ["second", "third", "merge topic"]);
}

#[test]
fn a_sha256_repository_works() {
    let test = TestRepo::init(&["--object-format=sha256"]);
    test.write("a.py", "one\n");
    test.commit("first");
    let change = range(&test, "HEAD");
    assert_eq!(change.base.tree.len(), 64);
    assert_eq!(added(&change.files[0]), [(1, "one")]);
    test.write("a.py", "two\n");
    let change = read(&test, &Selection::Worktree).unwrap();
    assert_eq!(added(&change.files[0]), [(1, "two")]);
}

#[test]
fn the_index_is_not_the_work_tree() {
    let test = topic();
    test.write("a.py", "staged\n");
    test.write("sub dir/ü.py", "staged\n");
    test.git(&["add", "-A"]);
    test.write("a.py", "not staged\n");
    test.write("untracked.py", "x\n");
    let change = read(&test, &Selection::Staged).unwrap();
    assert_eq!(paths(&change), ["a.py", "sub dir/ü.py"]);
    assert_eq!(added(&change.files[0]), [(1, "staged")]);
    assert_eq!((change.head.label.as_str(), &change.head.commit), ("index", &None));
    assert_eq!(change.base.commit, Some(test.git(&["rev-parse", "HEAD"])));
    assert!(change.commits.is_empty());
}

#[test]
fn the_work_tree_has_its_untracked_files_but_not_the_ignored_ones() {
    let test = topic();
    test.write(".gitignore", "*.log\n");
    test.commit("ignore");
    test.write("a.py", "one\nunstaged\nthree\n");
    test.write("new \"file\"\t\n.py", "x\n");
    test.write("x.log", "x\n");
    std::fs::remove_file(test.path().join("b.py")).unwrap();
    let change = read(&test, &Selection::Worktree).unwrap();
    assert_eq!(paths(&change), ["a.py", "b.py", "new \"file\"\t\n.py"]);
    assert_eq!(change.files[1].status, Status::Deleted);
    assert_eq!(removed(&change.files[1]), [(1, "new")]);
    let snapshot = repo(test.path()).snapshot(&change.head.tree).unwrap();
    assert_eq!(&*snapshot.text("a.py").unwrap().unwrap().text, "one\nunstaged\nthree\n");
}

#[test]
fn reading_uncommitted_work_leaves_the_repository_as_it_was() {
    let test = topic();
    test.write("a.py", "staged\n");
    test.git(&["add", "-A"]);
    test.write("a.py", "unstaged\n");
    test.write("c.py", "untracked\n");
    let patch = test.git(&["diff", "main", "HEAD", "-R"]) + "\n";
    let patch = test.write(".git/p.patch", patch);
    let state = || {
        let index = std::fs::read(test.path().join(".git/index")).unwrap();
        (index, test.git(&["count-objects", "-v"]), test.git(&["status", "--porcelain"]))
    };
    let before = state();
    read(&test, &Selection::Worktree).unwrap();
    let change = read(&test, &Selection::Patch(patch)).unwrap();
    assert!(change.files.len() == 2, "{:?}", paths(&change));
    read(&test, &Selection::Staged).unwrap();
    assert_eq!(state(), before);
}

#[test]
fn uncommitted_work_can_be_read_before_the_first_commit() {
    let test = TestRepo::new();
    test.write("a.py", "one\n");
    assert_eq!(paths(&read(&test, &Selection::Staged).unwrap()), Vec::<&str>::new());
    let change = read(&test, &Selection::Worktree).unwrap();
    assert_eq!((paths(&change), change.base.label.as_str()), (vec!["a.py"], "nothing"));
    test.git(&["add", "-A"]);
    assert_eq!(paths(&read(&test, &Selection::Staged).unwrap()), ["a.py"]);
}

#[test]
fn a_file_changed_right_after_it_was_staged_is_seen() {
    // Same size and same second: git tells by the index file's own time.
    let test = TestRepo::new();
    for n in 0..20 {
        test.write("a.py", format!("{n:02}\n"));
        test.git(&["add", "-A"]);
        test.write("a.py", format!("{:02}\n", n + 50));
        let change = read(&test, &Selection::Worktree).unwrap();
        assert_eq!(change.files[0].added_lines().next().unwrap().1, format!("{:02}", n + 50));
    }
}

#[test]
fn an_unmerged_index_is_an_error_and_the_work_tree_is_not() {
    let test = topic();
    test.git(&["switch", "-q", "main"]);
    test.write("a.py", "one\nother\nthree\n");
    test.commit("conflicting");
    assert!(!git_in(test.path(), &["merge", "-q", "topic"]).output().unwrap().status.success());
    let error = read(&test, &Selection::Staged).unwrap_err();
    assert!(matches!(&error, ChangeError::Conflict(path) if path == "a.py"), "{error:?}");
    let change = read(&test, &Selection::Worktree).unwrap();
    assert!(added(change.file("a.py").unwrap()).iter().any(|(_, l)| l.starts_with("<<<<<<<")));
}

#[test]
fn content_filters_are_not_run() {
    let test = TestRepo::new();
    test.write("a.bin", "a\n");
    test.write("b.py", "b\n");
    test.write(".gitattributes", "*.bin filter=evil\n");
    test.commit("first");
    let mark = test.path().join(".git/started");
    let program = format!("touch '{}'; cat", mark.display());
    test.git(&["config", "filter.evil.clean", &program]);
    test.git(&["config", "filter.evil.required", "true"]);
    test.write("a.bin", "changed\n");
    test.write("b.py", "changed\n");
    let change = read(&test, &Selection::Worktree).unwrap();
    assert_eq!(paths(&change), ["b.py"]);
    assert_eq!(change.skipped[0].path, "a.bin");
    assert!(change.skipped[0].reason.contains("`evil`"), "{}", change.skipped[0].reason);
    assert!(!mark.exists());
}

#[test]
fn attributes_do_not_hide_a_file() {
    let test = TestRepo::new();
    test.write("a.py", "one\n");
    test.commit("first");
    test.write(".gitattributes", "*.py -diff binary\n");
    test.write("a.py", "two\n");
    test.commit("second");
    assert_eq!(added(range(&test, "HEAD").file("a.py").unwrap()), [(1, "two")]);
}

#[test]
fn renames_keep_their_old_path() {
    let test = TestRepo::new();
    let text: String = (0..40).map(|n| format!("line {n}\n")).collect();
    test.write("old name.py", &text);
    test.write("moved.py", format!("moved\n{text}"));
    test.commit("first");
    test.git(&["mv", "old name.py", "new ü.py"]);
    std::fs::create_dir(test.path().join("sub")).unwrap();
    test.git(&["mv", "moved.py", "sub/moved.py"]);
    test.write("new ü.py", text.replace("line 7\n", "line seven\n"));
    test.commit("second");
    let change = range(&test, "HEAD");
    assert_eq!(paths(&change), ["new ü.py", "sub/moved.py"]);
    let [edited, moved] = &change.files[..] else { panic!() };
    assert_eq!((edited.status, edited.base_path()), (Status::Renamed, "old name.py"));
    assert_eq!(added(edited), [(8, "line seven")]);
    assert_eq!((moved.status, moved.hunks.len()), (Status::Renamed, 0));
}

#[test]
fn deletions_have_their_lines() {
    let test = topic();
    std::fs::remove_file(test.path().join("a.py")).unwrap();
    test.commit("delete");
    let change = range(&test, "HEAD");
    let file = &change.files[0];
    assert_eq!((file.status, file.head.as_ref()), (Status::Deleted, None));
    assert_eq!(removed(file), [(1, "one"), (2, "2"), (3, "three")]);
}

#[test]
fn hunks_have_the_numbers_of_both_sides() {
    let test = TestRepo::new();
    let lines: Vec<String> = (1..=60).map(|n| format!("line {n}")).collect();
    test.write("a.txt", lines.join("\n") + "\n");
    test.commit("first");
    let mut new = lines.clone();
    new[49] = "fifty".to_owned();
    new.insert(9, "between".to_owned());
    new.remove(2);
    test.write("a.txt", new.join("\n") + "\n");
    test.commit("second");
    let change = range(&test, "HEAD");
    let file = &change.files[0];
    assert_eq!(file.hunks.len(), 2);
    for line in file.hunks.iter().flat_map(|h| &h.lines) {
        if let Some(n) = line.new {
            assert_eq!(new[n as usize - 1], line.text);
        }
        if let Some(n) = line.old {
            assert_eq!(lines[n as usize - 1], line.text);
        }
    }
    assert_eq!(added(file), [(9, "between"), (50, "fifty")]);
    assert_eq!(removed(file), [(3, "line 3"), (50, "line 50")]);
}

#[test]
fn binary_huge_and_wide_files_are_listed_without_hunks() {
    let test = TestRepo::new();
    test.write("a.bin", b"a\0b");
    test.write("huge.py", "x = 1\n".repeat(20_000));
    test.write("wide.txt", [0xff, 0xfe, b'a', 0, b'\n', 0]);
    test.write("empty.py", "");
    test.commit("first");
    let change = range(&test, "HEAD");
    let kinds: Vec<_> = change.files.iter().map(|f| (f.content, f.hunks.len())).collect();
    assert_eq!(paths(&change), ["a.bin", "empty.py", "huge.py", "wide.txt"]);
    assert_eq!(
        kinds,
        [(Content::Binary, 0), (Content::Text, 0), (Content::Oversized, 0), (Content::Binary, 0)]
    );
    assert!(change.files[2].note.as_ref().unwrap().contains("120000 bytes"));
    assert!(change.files[3].note.as_ref().unwrap().contains("UTF-16"));
    assert_eq!(change.files[2].head.as_ref().unwrap().size, 120_000);
}

#[test]
fn other_encodings_and_line_ends_are_read() {
    let test = TestRepo::new();
    test.git(&["config", "core.autocrlf", "false"]);
    test.write("crlf.py", "one\r\ntwo\r\n");
    test.write("ends.py", "one\r\ntwo\r\n");
    test.write("latin.py", b"# caf\xe9\n");
    test.write("tail.py", "one\ntwo");
    test.commit("first");
    test.write("crlf.py", "one\r\n2\r\n");
    test.write("ends.py", "one\ntwo\n");
    test.write("latin.py", b"# caf\xe9\n# th\xe9\n");
    test.write("tail.py", "one\ntwo\nthree");
    test.commit("second");
    let change = range(&test, "HEAD");
    let file = |path| change.file(path).unwrap();
    assert_eq!(added(file("crlf.py")), [(2, "2")]);
    assert_eq!(removed(file("crlf.py")), [(2, "two")]);
    assert_eq!(file("ends.py").note.as_deref(), Some("only line ends differ"));
    assert_eq!(added(file("latin.py")), [(2, "# th\u{fffd}")]);
    assert!(file("latin.py").note.as_ref().unwrap().contains("not UTF-8"));
    assert_eq!(added(file("tail.py")), [(2, "two"), (3, "three")]);
    assert_eq!(removed(file("tail.py")), [(2, "two")]);
}

#[test]
fn strange_paths_are_read_as_they_are() {
    let test = TestRepo::new();
    test.write("base", "x");
    test.commit("first");
    let names = [
        "\"quoted\".py",
        "*.py",
        "-dash.py",
        "a\\b.py",
        "new\nline.py",
        "sp ace/t\tab.py",
        "日本.py",
    ];
    for name in names {
        test.write(name, format!("{name:?}\n"));
    }
    test.commit("second");
    let change = range(&test, "HEAD");
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(paths(&change), sorted);
    for file in &change.files {
        assert_eq!(added(file), [(1, format!("{:?}", file.path).as_str())]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_not_utf8_are_skipped_with_a_reason() {
    use std::os::unix::ffi::OsStrExt;
    let test = TestRepo::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.py");
    std::fs::write(test.path().join(name), "x\n").unwrap();
    test.write("ok.py", "x\n");
    test.commit("first");
    let change = range(&test, "HEAD");
    assert_eq!(paths(&change), ["ok.py"]);
    assert_eq!(change.skipped.len(), 1);
    assert_eq!(change.skipped[0].reason, "the path is not UTF-8");
}

#[cfg(unix)]
#[test]
fn modes_links_and_types_are_told_apart() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let test = TestRepo::new();
    test.write("run.sh", "echo\n");
    test.write("becomes-link.py", "text\n");
    test.write("folder/inner.py", "text\n");
    symlink("run.sh", test.path().join("becomes-file")).unwrap();
    test.commit("first");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(test.path().join("run.sh"), executable).unwrap();
    std::fs::remove_file(test.path().join("becomes-link.py")).unwrap();
    symlink("/etc/passwd", test.path().join("becomes-link.py")).unwrap();
    std::fs::remove_file(test.path().join("becomes-file")).unwrap();
    test.write("becomes-file", "now text\n");
    std::fs::remove_dir_all(test.path().join("folder")).unwrap();
    symlink(".", test.path().join("folder")).unwrap();
    for (change, kind) in [
        (read(&test, &Selection::Worktree).unwrap(), "work tree"),
        (
            {
                test.commit("second");
                range(&test, "HEAD")
            },
            "commit",
        ),
    ] {
        let file = |path| change.file(path).unwrap_or_else(|| panic!("{kind}: {path}"));
        let of = |path| (file(path).status, file(path).content);
        assert_eq!(of("run.sh"), (Status::TypeChanged, Content::Text));
        assert!(file("run.sh").note.as_ref().unwrap().contains("mode 100644 became 100755"));
        assert_eq!(of("becomes-link.py"), (Status::TypeChanged, Content::Symlink));
        assert!(file("becomes-link.py").note.as_ref().unwrap().contains("link to /etc/passwd"));
        assert_eq!(of("becomes-file"), (Status::TypeChanged, Content::Text));
        assert_eq!(added(file("becomes-file")), [(1, "now text")]);
        assert_eq!(of("folder"), (Status::Added, Content::Symlink));
        assert_eq!(of("folder/inner.py"), (Status::Deleted, Content::Text));
        assert_eq!(change.files.len(), 5, "{:?}", paths(&change));
    }
}

#[test]
fn submodules_are_listed_but_not_entered() {
    let inner = topic();
    let test = TestRepo::new();
    test.write("a.py", "a\n");
    test.commit("first");
    let url = inner.path().to_str().unwrap();
    test.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", url, "lib"]);
    test.commit("add");
    let change = range(&test, "HEAD");
    assert_eq!(paths(&change), [".gitmodules", "lib"]);
    assert_eq!(
        (change.files[1].content, change.files[1].status),
        (Content::Submodule, Status::Added)
    );
    git_in(&test.path().join("lib"), &["checkout", "-q", "HEAD~1"]).status().unwrap();
    let change = read(&test, &Selection::Worktree).unwrap();
    assert_eq!(paths(&change), ["lib"]);
    assert!(change.files[0].note.as_ref().unwrap().starts_with("submodule moved from"));
    // Inside the submodule the submodule is the repository.
    let inside = repo(&test.path().join("lib"));
    assert_eq!(inside.worktree, Some(test.path().canonicalize().unwrap().join("lib")));
    assert_eq!(collect(&inside, &Selection::Range("HEAD".into()), LIMIT).unwrap().files.len(), 1);
}

#[test]
fn a_repository_inside_the_work_tree_is_skipped() {
    let test = topic();
    std::fs::create_dir(test.path().join("nested")).unwrap();
    test.git(&["init", "-q", "nested"]);
    test.write("nested/x.py", "x\n");
    git_in(&test.path().join("nested"), &["add", "-A"]).status().unwrap();
    git_in(&test.path().join("nested"), &["commit", "-q", "-m", "x"]).status().unwrap();
    let change = read(&test, &Selection::Worktree).unwrap();
    assert_eq!((paths(&change), change.skipped.len()), (vec![], 1));
}

#[test]
fn a_shallow_clone_says_where_its_history_ends() {
    let test = topic();
    let clone = test.clone_with(&["--depth", "1", "--no-single-branch", "--branch", "topic"]);
    for text in ["HEAD", "HEAD~1", "HEAD~1..HEAD", "origin/main...HEAD"] {
        let error = read(&clone, &Selection::Range(text.to_owned())).unwrap_err();
        assert!(matches!(error, ChangeError::Shallow(_)), "{text}: {error:?}");
    }
    // What it has can be reviewed.
    clone.write("a.py", "changed\n");
    clone.commit("fourth");
    assert_eq!(paths(&range(&clone, "HEAD")), ["a.py"]);
    assert_eq!(subjects(&read(&clone, &Selection::Push).unwrap()), ["fourth"]);
    assert_eq!(paths(&range(&clone, "origin/main..HEAD")), ["a.py", "b.py"]);
    let typo = read(&clone, &Selection::Range("topci".to_owned())).unwrap_err();
    assert!(matches!(typo, ChangeError::UnknownRevision(_)), "{typo:?}");
}

#[test]
fn a_partial_clone_is_not_fetched_from() {
    let test = topic();
    test.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = test.clone_with(&["--filter=blob:none", "--no-checkout", "--branch", "topic"]);
    let change = range(&clone, "HEAD~1");
    let file = change.file("a.py").unwrap();
    assert_eq!((file.content, file.hunks.len()), (Content::Oversized, 0));
    assert!(file.note.as_ref().unwrap().contains("partial clone"));
}

#[test]
fn a_linked_worktree_has_its_own_head_and_index() {
    let test = topic();
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("linked tree");
    test.git(&["worktree", "add", "-q", tree.to_str().unwrap(), "main", "-b", "linked"]);
    std::fs::write(tree.join("linked.py"), "x\n").unwrap();
    let linked = repo(&tree);
    assert_eq!(linked.common_dir, repo(test.path()).common_dir);
    assert_ne!(linked.git_dir, linked.common_dir);
    let change = collect(&linked, &Selection::Worktree, LIMIT).unwrap();
    assert_eq!(paths(&change), ["linked.py"]);
    git_in(&tree, &["add", "-A"]).status().unwrap();
    assert_eq!(paths(&collect(&linked, &Selection::Staged, LIMIT).unwrap()), ["linked.py"]);
    assert_eq!(paths(&read(&test, &Selection::Staged).unwrap()), Vec::<&str>::new());
}

#[test]
fn a_bare_repository_has_ranges_and_patches_only() {
    let test = topic();
    let patch = test.git(&["format-patch", "--stdout", "-1"]);
    let clone = test.clone_with(&["--bare", "--branch", "main"]);
    let bare = repo(clone.path());
    assert_eq!(bare.worktree, None);
    let selection = Selection::Range("main..topic".into());
    assert_eq!(paths(&collect(&bare, &selection, LIMIT).unwrap()), ["a.py", "b.py"]);
    for selection in [Selection::Staged, Selection::Worktree] {
        let error = collect(&bare, &selection, LIMIT).unwrap_err();
        assert!(matches!(error, ChangeError::Bare), "{error:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.patch");
    std::fs::write(&file, patch + "\n").unwrap();
    assert_eq!(paths(&collect(&bare, &Selection::Patch(file), LIMIT).unwrap()), ["b.py"]);
}

#[test]
fn two_revisions_of_a_hook_are_compared() {
    let test = topic();
    let (base, head) = (test.git(&["rev-parse", "main"]), test.git(&["rev-parse", "topic"]));
    let between = |base: Option<&str>, head: &str| {
        read(&test, &Selection::Between { base: base.map(str::to_owned), head: head.to_owned() })
    };
    assert_eq!(subjects(&between(Some(&base), &head).unwrap()), ["second", "third"]);
    assert_eq!(subjects(&between(None, &head).unwrap()), ["second", "third"]);
    let all = between(Some(forewarn::change::EMPTY_TREE), &head).unwrap();
    assert_eq!(subjects(&all), ["first", "second", "third"]);
    for wrong in [between(Some(&"1".repeat(40)), &head), between(Some(&base), &"1".repeat(40))] {
        assert!(matches!(wrong.unwrap_err(), ChangeError::UnknownRevision(_)));
    }
    assert!(between(Some(&head), &head).unwrap().files.is_empty());
}

/// A repository at `first`, and the patch file of what came after.
fn patched(bytes: impl FnOnce(&TestRepo) -> Vec<u8>) -> (TestRepo, PathBuf) {
    let test = topic();
    let bytes = bytes(&test);
    let file = test.write(".git/the patch", bytes);
    test.git(&["switch", "-q", "main"]);
    (test, file)
}

#[test]
fn mails_bring_their_words_and_every_patch() {
    let (test, file) =
        patched(|t| (t.git(&["format-patch", "--stdout", "main..topic"]) + "\n").into());
    let change = read(&test, &Selection::Patch(file)).unwrap();
    assert_eq!(paths(&change), ["a.py", "b.py"]);
    assert_eq!(change.description, "second\n\nwith a body\nof two lines\n\nthird");
    assert_eq!(change.base.commit, Some(test.git(&["rev-parse", "main"])));
    assert_eq!(change.head.commit, None);
    assert!(change.head.label.starts_with("patch "));
}

#[test]
fn plain_patches_apply_whatever_carried_them() {
    let diff = |t: &TestRepo| t.git(&["diff", "main", "topic"]) + "\n";
    let returns = |text: String| text.replace('\n', "\r\n");
    type Prepare = Box<dyn FnOnce(&TestRepo) -> Vec<u8>>;
    let cases: [(&str, Prepare); 5] = [
        ("plain", Box::new(move |t| diff(t).into())),
        ("with carriage returns", Box::new(move |t| returns(diff(t)).into())),
        (
            "a mail with carriage returns",
            Box::new(move |t| {
                returns(t.git(&["format-patch", "--stdout", "main..topic"]) + "\n").into()
            }),
        ),
        (
            "without prefixes",
            Box::new(|t| (t.git(&["diff", "--no-prefix", "main", "topic"]) + "\n").into()),
        ),
        ("after words", Box::new(move |t| format!("Why it is so.\n\n{}", diff(t)).into())),
    ];
    for (name, bytes) in cases {
        let (test, file) = patched(bytes);
        let change = read(&test, &Selection::Patch(file)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(paths(&change), ["a.py", "b.py"], "{name}");
        assert_eq!(added(&change.files[0]), [(2, "2")], "{name}");
        if name == "after words" {
            assert_eq!(change.description, "Why it is so.");
        }
    }
}

#[test]
fn a_patch_of_a_file_with_carriage_returns_keeps_them() {
    let test = TestRepo::new();
    test.git(&["config", "core.autocrlf", "false"]);
    test.write("a.py", "one\r\ntwo\r\n");
    test.commit("first");
    test.write("a.py", "one\r\n2\r\n");
    let output = git_in(test.path(), &["diff"]).output().unwrap().stdout;
    let file = test.write(".git/p", output);
    test.git(&["checkout", "-q", "."]);
    let change = read(&test, &Selection::Patch(file)).unwrap();
    let snapshot = repo(test.path()).snapshot(&change.head.tree).unwrap();
    assert_eq!(&*snapshot.text("a.py").unwrap().unwrap().text, "one\r\n2\r\n");
}

#[test]
fn patches_that_are_empty_wrong_or_not_there_are_told_apart() {
    let (test, file) = patched(|_| b" \n".to_vec());
    assert!(read(&test, &Selection::Patch(file.clone())).unwrap().files.is_empty());
    std::fs::write(&file, "just words\n").unwrap();
    let error = read(&test, &Selection::Patch(file.clone())).unwrap_err();
    assert!(matches!(error, ChangeError::NoDiff(_)), "{error:?}");
    for wrong in [
        "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-absent\n+x\n",
        "--- a/../../x\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n",
    ] {
        std::fs::write(&file, wrong).unwrap();
        let error = read(&test, &Selection::Patch(file.clone())).unwrap_err();
        assert!(matches!(error, ChangeError::PatchFails(..)), "{wrong}: {error:?}");
    }
    let error = read(&test, &Selection::Patch("none.patch".into())).unwrap_err();
    assert!(matches!(error, ChangeError::Io { .. }), "{error:?}");
}

#[test]
fn a_change_of_very_many_files_is_read_whole() {
    let test = TestRepo::new();
    test.write("base", "x");
    test.commit("first");
    for n in 0..1200 {
        test.write(&format!("folder/{n}.py"), format!("value = {n}\n"));
    }
    test.commit("second");
    let change = range(&test, "HEAD");
    assert_eq!(change.files.len(), 1200);
    for file in &change.files {
        let n = file.path.trim_start_matches("folder/").trim_end_matches(".py");
        assert_eq!(added(file), [(1, format!("value = {n}").as_str())]);
        assert!(file.hunks[0].lines.iter().all(|l| l.kind == LineKind::Added));
    }
}

/// Set for a copy of this test binary that plays a program started by git.
const PLAY: &str = "FOREWARN_TEST_FOLDER";

#[test]
fn a_calling_git_names_the_repository_in_the_environment() {
    if let Some(folder) = std::env::var_os(PLAY) {
        let found = repo(Path::new(&folder));
        let subject = String::from_utf8(found.run(&["log", "-1", "--format=%s"]).unwrap()).unwrap();
        let staged = collect(&found, &Selection::Staged, LIMIT).unwrap();
        println!("found:{:?}:{}:{:?}", found.worktree.unwrap(), subject.trim(), paths(&staged));
        return;
    }
    let test = topic();
    test.write("sub/x.py", "x\n");
    test.write("staged.py", "x\n");
    test.git(&["add", "staged.py"]);
    let top = test.path().canonicalize().unwrap();
    std::fs::copy(top.join(".git/index"), top.join(".git/other-index")).unwrap();
    test.git(&["reset", "-q"]);
    let elsewhere = TestRepo::new();
    elsewhere.commit("elsewhere");
    let play = |folder: &Path, variables: &[(&str, &str)]| {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "change::a_calling_git_names_the_repository_in_the_environment"])
            .arg("--nocapture")
            .current_dir(folder)
            .env(PLAY, folder)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let at = text.find("found:").unwrap_or_else(|| panic!("{text}"));
        text[at + 6..].lines().next().unwrap().to_owned()
    };
    let want = |worktree: &Path, staged: &str| format!("{worktree:?}:third:{staged}");
    // As git sets it for a hook; in a subfolder the work tree stays the top.
    assert_eq!(play(&top, &[("GIT_DIR", ".git")]), want(&top, "[]"));
    let git_dir = top.join(".git");
    let git_dir = git_dir.to_str().unwrap();
    assert_eq!(play(&top.join("sub"), &[("GIT_DIR", git_dir)]), want(&top, "[]"));
    // Elsewhere the variables decide.
    let other = elsewhere.path().canonicalize().unwrap();
    assert_eq!(
        play(&other, &[("GIT_DIR", git_dir), ("GIT_WORK_TREE", top.to_str().unwrap())]),
        want(&top, "[]")
    );
    // `git commit FILE` gives its hooks another index.
    let variables = [("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/other-index")];
    assert_eq!(play(&top, &variables), want(&top, "[\"staged.py\"]"));
}

#[test]
fn a_folder_that_is_no_repository_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = Repo::discover(folder.path()).unwrap_err();
    assert!(matches!(error, ChangeError::NotARepository(_)), "{error:?}");
    assert!(error.to_string().contains("not inside a git repository"));
}
