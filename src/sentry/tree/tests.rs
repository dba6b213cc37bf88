//! Which of a tree's files a frame means.

use super::*;

fn tree(files: &[&str], renames: &[(&str, &str)]) -> Tree {
    let renames: Vec<Rename> = renames
        .iter()
        .map(|(old, new)| Rename { old: (*old).into(), new: (*new).into() })
        .collect();
    Tree::of(files.iter().map(|f| (*f).to_owned()).collect(), &renames)
}

fn place(path: &str, absolute: bool, root: &str) -> Place {
    let base = path.rsplit('/').next().unwrap().to_owned();
    Place { path: frame::reversed(path), base, absolute, root: frame::reversed(root) }
}

/// The paths that a frame may mean, with their score.
fn found(tree: &Tree, place: &Place) -> Vec<(String, u32)> {
    let candidates = tree.resolve(place, &Mappings::default(), None);
    candidates.into_iter().map(|c| (c.path, c.score)).collect()
}

fn one(path: &str, score: u32) -> Vec<(String, u32)> {
    vec![(path.to_owned(), score)]
}

#[test]
fn the_longest_agreement_counts() {
    let tree = tree(
        &["errors/views.py", "backend/errors/views.py", "admin/errors/views.py", "views.py"],
        &[],
    );
    assert_eq!(found(&tree, &place("errors/views.py", false, "code")), one("errors/views.py", 100));
    let deployed = place("errors/views.py", false, "srv/backend");
    assert_eq!(found(&tree, &deployed), one("backend/errors/views.py", 80));
    let absolute = place("srv/admin/errors/views.py", true, "");
    assert_eq!(found(&tree, &absolute), one("admin/errors/views.py", 80));
    assert_eq!(found(&tree, &place("srv/other/views.py", true, "")), one("views.py", 30));
    assert_eq!(found(&tree, &place("errors/models.py", false, "")), []);
}

#[test]
fn what_agrees_equally_is_kept_with_a_lower_score() {
    let tree = tree(&["a/errors/views.py", "b/errors/views.py", "c/views.py", "d/urls.py"], &[]);
    let both = found(&tree, &place("errors/views.py", false, ""));
    assert_eq!(both, [("a/errors/views.py".into(), 40), ("b/errors/views.py".into(), 40)]);
    let candidates = tree.resolve(&place("errors/views.py", false, ""), &Mappings::default(), None);
    assert!(candidates.iter().all(|c| c.ambiguous));
    // A name alone is something only if no other file has it.
    assert_eq!(found(&tree, &place("views.py", false, "")), []);
    assert_eq!(found(&tree, &place("urls.py", false, "")), one("d/urls.py", 30));
}

#[test]
fn a_file_in_the_program_s_own_folder_is_known_by_a_name_that_no_other_has() {
    let tree = tree(&["backend/manage.py", "a/utils.py", "b/utils.py"], &[]);
    assert_eq!(found(&tree, &place("app/manage.py", true, "")), one("backend/manage.py", 30));
    assert_eq!(found(&tree, &place("app/utils.py", true, "")), []);
    assert_eq!(found(&tree, &place("opt/vendor/tool/manage.py", true, "")), []);
}

#[test]
fn a_class_lies_in_the_folder_that_is_called_like_its_namespace() {
    let tree = tree(&["src/Acme.Shop/Cart.cs", "src/Acme.Billing/Cart.cs"], &[]);
    let class = |namespace: &str| found(&tree, &place("Cart", false, namespace));
    assert_eq!(class("Acme/Billing"), one("src/Acme.Billing/Cart.cs", 60));
    assert_eq!(class("Corp/Acme/Shop"), one("src/Acme.Shop/Cart.cs", 60));
    assert_eq!(class("Acme/Other"), []);
}

#[test]
fn relative_paths_agree_as_a_whole_or_not_at_all() {
    let tree = tree(&["shop/src/cart/total.ts", "total.ts"], &[]);
    assert_eq!(found(&tree, &place("web/cart/total.ts", false, "")), one("total.ts", 30));
    assert_eq!(
        found(&tree, &place("web/src/cart/total.ts", true, "")),
        one("shop/src/cart/total.ts", 60)
    );
}

#[test]
fn classes_are_found_in_files_of_their_languages() {
    let tree = tree(
        &[
            "src/com/acme/Cart.kt",
            "src/com/acme/Cart.xml",
            "src/com/acme/Cart.test.ts",
            "x/Cart.java",
        ],
        &[],
    );
    assert_eq!(found(&tree, &place("com/acme/Cart", false, "")), one("src/com/acme/Cart.kt", 80));
}

#[test]
fn files_are_known_by_their_former_names() {
    // Newest first: b became c, before that a became b.
    let tree = tree(
        &["shop/c.py", "shop/kept.py", "shop/old.py"],
        &[
            ("shop/b.py", "shop/c.py"),
            ("shop/old.py", "shop/gone.py"),
            ("shop/a.py", "shop/b.py"),
            ("shop/other.py", "shop/gone.py"),
        ],
    );
    for old in ["shop/a.py", "shop/b.py"] {
        let candidates = tree.resolve(&place(old, false, ""), &Mappings::default(), None);
        assert_eq!(candidates.len(), 1, "{old}");
        assert_eq!((candidates[0].path.as_str(), candidates[0].score), ("shop/c.py", 100));
        assert_eq!(candidates[0].former.as_deref(), Some(old));
    }
    assert_eq!(tree.names_of("shop/c.py"), ["shop/c.py", "shop/a.py", "shop/b.py"]);
    // A path that is a file's again is that file's alone; what is gone is gone.
    assert_eq!(found(&tree, &place("shop/old.py", false, "")), one("shop/old.py", 100));
    assert_eq!(found(&tree, &place("shop/other.py", false, "")), []);
}

#[test]
fn mappings_come_first_where_they_lead_to_a_file() {
    let tree = tree(
        &["src/shop/cart.py", "old/shop/cart.py", "shop/cart.py", "lib/x.py"],
        &[("src/shop/was.py", "src/shop/cart.py")],
    );
    let mut mappings = Mappings::default();
    mappings.add("", "/usr/src/app/", "old");
    mappings.add("shop", "/usr/src/app/", "src/");
    mappings.add("", "/usr/src/app/lib/", "/lib");
    mappings.add("", "/elsewhere", "nowhere");
    let resolve = |path: &str, root: &str, project| -> Vec<(String, u32)> {
        let candidates = tree.resolve(&place(path, false, root), &mappings, project);
        candidates.into_iter().map(|c| (c.path, c.score)).collect()
    };
    assert_eq!(resolve("shop/cart.py", "usr/src/app", Some("Shop")), one("src/shop/cart.py", 100));
    assert_eq!(resolve("shop/cart.py", "usr/src/app", Some("other")), one("old/shop/cart.py", 100));
    assert_eq!(resolve("usr/src/app/lib/x.py", "", None), one("lib/x.py", 100));
    assert_eq!(resolve("shop/was.py", "usr/src/app", Some("shop")), one("src/shop/cart.py", 100));
    // One that leads to no file is as if it were not there.
    assert_eq!(resolve("shop/cart.py", "elsewhere", None), one("shop/cart.py", 100));
}

/// Two files define `total`, one of them `pay`.
struct Two;

impl Code for Two {
    fn definitions(&self, name: &str) -> Result<Vec<(String, u32, u32)>, SentryError> {
        let files = ["b/shop/cart.py", "a/shop/cart.py"];
        let count = if name == "pay" { 1 } else { 2 };
        Ok(files.iter().take(count).map(|f| ((*f).to_owned(), 1, 9)).collect())
    }

    fn text(&self, _: &str) -> Result<Option<Arc<str>>, SentryError> {
        Ok(None)
    }
}

#[test]
fn the_function_decides_between_files_that_agree_equally() {
    let tree = tree(&["a/shop/cart.py", "b/shop/cart.py"], &[]).with_code(Arc::new(Two));
    let frame = place("shop/cart.py", false, "");
    let resolve = |function| {
        let found = tree.resolve_in(&frame, &Mappings::default(), None, function).unwrap();
        found.into_iter().map(|c| (c.path, c.score, c.ambiguous)).collect::<Vec<_>>()
    };
    assert_eq!(resolve(Some("pay")), [("b/shop/cart.py".to_owned(), 60, false)]);
    assert_eq!(resolve(Some("total")).len(), 2);
    assert_eq!(resolve(None)[0], ("a/shop/cart.py".to_owned(), 40, true));
}

#[test]
fn great_numbers_of_files_of_one_name_are_no_burden() {
    let files: Vec<String> = (0..20_000).map(|n| format!("pkg{n}/sub/__init__.py")).collect();
    let tree = Tree::of(files, &[]);
    assert_eq!(found(&tree, &place("other/__init__.py", false, "")), []);
    assert_eq!(
        found(&tree, &place("pkg7/sub/__init__.py", false, "")),
        one("pkg7/sub/__init__.py", 100)
    );
    let many = tree.resolve(&place("sub/__init__.py", false, ""), &Mappings::default(), None);
    assert_eq!(many.len(), CANDIDATES);
}
