//! Placement and names, platform by platform.

use super::*;
use crate::sentry::Frame;

fn raw(filename: &str, abs_path: &str, module: &str, function: &str) -> RawFrame {
    let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    RawFrame {
        frame: Frame {
            filename: some(filename),
            function: some(function),
            module: some(module),
            line: None,
            in_app: None,
            context: vec![],
            vars: vec![],
        },
        abs_path: some(abs_path),
        column: None,
        package: None,
        platform: None,
    }
}

/// The score of a frame against a path of the repository; 0 for no match.
fn score(platform: &str, frame: &RawFrame, path: &str) -> u32 {
    place(frame, platform).and_then(|p| score::path(&p, &reversed(path))).unwrap_or_default()
}

fn name(platform: &str, text: &str, module: &str) -> Option<String> {
    function(&raw("", "", module, text), platform)
}

#[test]
fn python_paths_are_relative_to_a_package_root() {
    let frame = raw("errors/views.py", "/code/errors/views.py", "errors.views", "get");
    assert_eq!(score("python", &frame, "errors/views.py"), 100);
    assert_eq!(score("python", &frame, "backend/errors/views.py"), 60);
    assert_eq!(score("python", &frame, "other/views.py"), 0);
    let deep = raw("seer/automation/x.py", "/app/src/seer/automation/x.py", "", "f");
    assert_eq!(score("python", &deep, "src/seer/automation/x.py"), 80);
    for bad in ["<frozen importlib._bootstrap>", "<string>", "", "  "] {
        assert_eq!(place(&raw(bad, "", "", "f"), "python"), None, "{bad}");
    }
    let bare = raw("views.py", "/srv/shop/errors/views.py", "", "f");
    assert_eq!(score("python", &bare, "errors/views.py"), 60);
    // What stood before the package root tells two folders apart.
    let root = raw("errors/views.py", "/srv/backend/errors/views.py", "", "f");
    assert_eq!(score("python", &root, "backend/errors/views.py"), 80);
    assert_eq!(score("python", &root, "admin/errors/views.py"), 60);
}

#[test]
fn installed_packages_are_libraries_unless_the_export_says_otherwise() {
    let path = "/usr/local/lib/python3.8/site-packages/acme/core.py";
    let mut frame = raw("acme/core.py", path, "acme.core", "f");
    assert_eq!(place(&frame, "python"), None);
    frame.frame.in_app = Some(true);
    assert_eq!(score("python", &frame, "src/acme/core.py"), 60);
    let mut stdlib = raw("threading.py", "/usr/local/lib/python3.8/threading.py", "", "join");
    stdlib.frame.in_app = Some(true);
    assert_eq!(place(&stdlib, "python"), None);
}

#[test]
fn javascript_paths_lose_host_and_bundler() {
    for file in [
        "webpack:///./src/cart/total.ts",
        "webpack://shop/./src/cart/total.ts?8a2f",
        "webpack-internal:///(rsc)/./src/cart/total.ts",
        "./src/cart/total.ts",
        "~/src/cart/total.ts",
        "app:///src/cart/total.ts",
        "../src/cart/total.ts#x",
        "src\\cart\\total.ts",
    ] {
        assert_eq!(score("javascript", &raw(file, "", "", ""), "src/cart/total.ts"), 100, "{file}");
    }
    let url = raw("https://shop.example/static/src/cart/total.ts", "", "", "");
    assert_eq!(score("javascript", &url, "web/src/cart/total.ts"), 60);
    let node = raw("/usr/src/app/lib/cart.js", "", "", "");
    assert_eq!(score("node", &node, "lib/cart.js"), 60);
    // A bundler's package name is kept apart.
    let package = raw("webpack://shop/./src/cart/total.ts", "", "", "");
    assert_eq!(place(&package, "javascript").unwrap().root, "shop/");
    assert_eq!(score("javascript", &package, "packages/shop/src/cart/total.ts"), 80);
    for file in ["node:internal/x.js", "/app/node_modules/a/b.js", "native", "[native code]"] {
        assert_eq!(place(&raw(file, "", "", ""), "node"), None, "{file}");
    }
    assert_eq!(place(&raw("async https://a.example/x.js", "", "", ""), "javascript"), None);
    let module = raw("", "", "src/cart/total", "");
    assert_eq!(score("javascript", &module, "src/cart/total.ts"), 100);
    let node = raw("", "", "src.cart:total", "");
    assert_eq!(score("node", &node, "app/src/cart/total.js"), 80);
}

#[test]
fn minified_scripts_have_no_place() {
    let mut frame = raw("https://shop.example/static/src/app.js", "", "", "t");
    frame.frame.line = Some(2);
    assert!(place(&frame, "javascript").is_some());
    frame.column = Some(48_213);
    assert_eq!(place(&frame, "javascript"), None);
    frame.column = Some(7);
    frame.frame.context = vec![(2, "x".repeat(303))];
    assert_eq!(place(&frame, "javascript"), None);
    frame.frame.context = vec![(1, "x".repeat(303)), (2, "total();".into())];
    assert!(place(&frame, "javascript").is_some());
}

#[test]
fn java_classes_become_files() {
    let frame = raw("Cart.java", "Cart.java", "com.acme.shop.Cart", "total");
    assert_eq!(score("java", &frame, "src/main/java/com/acme/shop/Cart.java"), 80);
    let kotlin = raw("Carts.kt", "", "com.acme.shop.CartsKt", "total");
    assert_eq!(score("java", &kotlin, "app/src/com/acme/shop/Carts.kt"), 80);
    let inner = raw("", "", "com.acme.shop.Cart$Line", "total");
    assert_eq!(score("java", &inner, "src/main/java/com/acme/shop/Cart.java"), 80);
    assert_eq!(score("java", &inner, "src/main/java/com/acme/shop/CartTest.java"), 0);
    assert_eq!(place(&raw("", "", "Main", "main"), "java"), None);
}

#[test]
fn go_frames_follow_their_import_path() {
    let module = "github.com/acme/shop/internal/cart";
    let frame = raw("", "/build/x/internal/cart/cart.go", module, "(*Cart).Total");
    assert_eq!(score("go", &frame, "internal/cart/cart.go"), 80);
    assert_eq!(score("go", &frame, "cart/cart.go"), 60);
    assert_eq!(score("go", &frame, "shop/internal/cart/cart.go"), 80);
    let main = raw("file-not-found.go", "/app/file-not-found/file-not-found.go", "main", "main");
    assert_eq!(score("go", &main, "file-not-found/file-not-found.go"), 60);
    let library = raw("", "/go/pkg/mod/github.com/x/y@v1.2.3/z.go", "github.com/x/y", "F");
    assert_eq!(place(&library, "go"), None);
}

#[test]
fn ruby_and_php_paths() {
    let rails =
        raw("controllers/carts_controller.rb", "/srv/app/controllers/carts_controller.rb", "", "");
    assert_eq!(score("ruby", &rails, "app/controllers/carts_controller.rb"), 80);
    assert_eq!(score("ruby", &rails, "web/controllers/carts_controller.rb"), 60);
    let gem = raw("puma/server.rb", "/usr/lib/ruby/gems/puma-3.12.1/lib/puma/server.rb", "", "");
    assert_eq!(place(&gem, "ruby"), None);
    let php = raw("/var/www/html/app/Http/Cart.php", "", "", "");
    assert_eq!(score("php", &php, "app/Http/Cart.php"), 80);
    assert_eq!(score("php", &php, "shop/app/Http/Cart.php"), 60);
    assert_eq!(place(&raw("/vendor/laravel/x.php", "", "", ""), "php"), None);
}

#[test]
fn rust_paths() {
    let frame = raw("src/cart.rs", "/home/ada/shop/src/cart.rs", "", "");
    assert_eq!(score("rust", &frame, "src/cart.rs"), 100);
    let abs = raw("/home/ada/shop/crates/cart/src/lib.rs", "", "", "");
    assert_eq!(score("native", &abs, "crates/cart/src/lib.rs"), 80);
    for path in ["/rustc/abc/library/core/src/result.rs", "/root/.cargo/registry/src/a/b.rs"] {
        assert_eq!(place(&raw(path, "", "", ""), "rust"), None, "{path}");
    }
    assert!(is_glue("rust_begin_unwind", "native"));
    assert!(is_glue("core::panicking::panic_fmt", "rust"));
    assert!(!is_glue("shop::cart::total", "rust"));
    assert!(!is_glue("abort_order", "c"));
    // What only carries a crash in one language is a plain name in another.
    assert!(!is_glue("raise_for_status", "python"));
    assert!(!is_glue("panic", "python"));
    assert!(is_glue("gopanic", "go"));
}

#[test]
fn other_platforms() {
    let dart = raw("cart.dart", "package:shop/src/cart.dart", "shop", "Cart.total");
    assert_eq!(score("dart", &dart, "lib/src/cart.dart"), 100);
    assert_eq!(score("dart", &dart, "packages/shop/lib/src/cart.dart"), 80);
    let csharp = raw("", "", "Acme.Shop.Cart", "Total");
    assert_eq!(score("csharp", &csharp, "src/Acme.Shop/Cart.cs"), 30);
    assert_eq!(score("csharp", &csharp, "src/Acme/Shop/Cart.cs"), 80);
    let platform = raw("", "", "System.Collections.Generic.Dictionary`2", "get_Item");
    assert_eq!(place(&platform, "csharp"), None);
    let mut cocoa = raw("", "/Users/ada/code/Shop/Cart/Total.swift", "", "");
    cocoa.package = Some("Shop".into());
    assert_eq!(score("cocoa", &cocoa, "ios/Shop/Cart/Total.swift"), 80);
    assert_eq!(score("elixir", &raw("lib/shop/cart.ex", "", "", ""), "lib/shop/cart.ex"), 100);
    let windows = raw("C:\\Users\\ada\\shop\\src\\cart.py", "", "", "");
    assert_eq!(score("python", &windows, "src/cart.py"), 60);
}

#[test]
fn a_bundler_s_package_stays_where_both_paths_agree() {
    let frame = raw("./src/index.ts", "webpack://web/./src/index.ts", "", "boot");
    assert_eq!(score("javascript", &frame, "web/src/index.ts"), 80);
    assert_eq!(score("javascript", &frame, "mobile/src/index.ts"), 60);
}

#[test]
fn scripts_of_a_host_s_build_folder_have_no_place() {
    let built = |path: &str, address: &str| place(&raw(path, address, "", "f"), "javascript");
    assert_eq!(built("/dist/index.js", "https://x.org/dist/index.js?v=1"), None);
    assert!(built("/src/index.js", "https://x.org/src/index.js").is_some());
    assert!(built("./src/index.ts", "webpack:///./src/index.ts").is_some());
    assert!(built("/dist/index.ts", "https://x.org/dist/index.ts").is_some());
}

#[test]
fn python_modules_stand_for_their_files_and_single_names_do_not() {
    let of = |module: &str| score("python", &raw("", "", module, "total"), "src/shop/models.py");
    assert_eq!((of("shop.models"), of("models"), of("shop.views")), (60, 0, 0));
}

#[test]
fn names_are_the_source_s_own() {
    for (platform, text, module, expected) in [
        ("python", "get", "", Some("get")),
        ("python", "Cart.total", "", Some("total")),
        ("python", "<module>", "", None),
        ("python", "<listcomp>", "", None),
        ("javascript", "Object.fn", "", Some("fn")),
        ("javascript", "Cart.total [as compute]", "", Some("total")),
        ("javascript", "async load", "", Some("load")),
        ("javascript", "new Foo", "", Some("Foo")),
        ("javascript", "fn$1", "", Some("fn")),
        ("javascript", "null.<anonymous>", "", None),
        ("javascript", "?", "", None),
        ("node", "g/</t", "", Some("t")),
        ("java", "total", "a.Cart", Some("total")),
        ("java", "<init>", "a.Cart$Line", Some("Line")),
        ("java", "lambda$total$0", "a.Cart", Some("total")),
        ("java", "lambda$null$1", "a.Cart", None),
        ("java", "total$$superforward", "a.Cart", Some("total")),
        ("scala", "$anonfun$total$1", "a.Cart", Some("total")),
        ("java", "total$lambda-1", "a.Cart", Some("total")),
        ("java", "access$000", "a.Cart", None),
        ("java", "invokeSuspend", "a.Cart$total$1", Some("total")),
        ("go", "(*Cart).Total", "", Some("Total")),
        ("go", "background.func2", "", Some("background")),
        ("go", "Map[...].func1.2", "", Some("Map")),
        ("go", "Cart.Total-fm", "", Some("Total")),
        ("ruby", "block in spawn_thread", "", Some("spawn_thread")),
        ("ruby", "block (2 levels) in total", "", Some("total")),
        ("ruby", "Cart#total", "", Some("total")),
        ("ruby", "<top (required)>", "", None),
        ("php", "App\\Cart::total", "", Some("total")),
        ("php", "App\\Cart::{closure}", "", None),
        ("php", "{closure:App\\Cart::total():42}", "", Some("total")),
        ("php", "class@anonymous\0/srv/x.php0x71::run", "", Some("run")),
        ("csharp", "async Load { <lambda> }", "", Some("Load")),
        ("csharp", "MoveNext", "A.Cart+<Total>d__3", Some("Total")),
        ("csharp", "MoveNext", "A.Cart+<<Total>g__Add|1_0>d", Some("Total")),
        ("csharp", "Execute[T]", "", Some("Execute")),
        ("csharp", "void Label(User user)", "", Some("Label")),
        ("csharp", "async Task<string> Cart.Label(User user)", "", Some("Label")),
        ("csharp", "Task<IActionResult> Label(User user)+() => { }", "", Some("Label")),
        ("csharp", "void Cart.Label<T>(Dictionary<string, T> users)", "", Some("Label")),
        ("csharp", "(int, string) Cart.Pair(User user)", "", Some("Pair")),
        ("rust", "shop::cart::total::h0123456789abcdef", "", Some("total")),
        ("rust", "<shop::Cart as shop::Sum>::total", "", Some("total")),
        ("rust", "shop::cart::total::{{closure}}", "", Some("total")),
        ("rust", "shop::cart::total::{closure#0}", "", Some("total")),
        ("rust", "shop::Map<K, V>::insert::<u8>", "", Some("insert")),
        ("native", "void shop::Cart::total(int, char*)", "", Some("total")),
        ("cocoa", "-[Cart totalFor:with:]", "", Some("totalFor")),
        ("cocoa", "__44-[Cart total]_block_invoke_2", "", Some("total")),
        ("cocoa", "closure #1 in Cart.total(x:)", "", Some("total")),
        ("cocoa", "<redacted>", "", None),
        ("elixir", "Shop.Cart.total/2", "", Some("total")),
        ("elixir", "Shop.Endpoint.\"call (overridable 4)\"/2", "", Some("call")),
        ("elixir", "anonymous fn/1 in Shop.Cart.total/2", "", Some("total")),
    ] {
        assert_eq!(name(platform, text, module).as_deref(), expected, "{platform} {text}");
    }
    for (text, expected) in [
        ("Cart.total", "total"),
        ("a::b::c", "c"),
        ("total()", "total"),
        ("Cart#x", "x"),
        ("f", "f"),
    ] {
        assert_eq!(plain_name(text), expected);
    }
}

#[test]
fn the_table_can_be_used() {
    for manifest in manifests() {
        regex::Regex::new(&manifest.name).unwrap();
        assert!(manifest.extension.as_deref().is_none_or(|e| !e.starts_with('.')));
    }
    assert!(class_endings().count() > 5);
    for (given, expected) in [
        ("/usr/src/app/", "usr/src/app"),
        ("app:///static/js", "static/js"),
        ("webpack://shop/./src/", "src"),
        ("./", ""),
        ("", ""),
        ("C:\\Users\\ada\\shop\\", "shop"),
        ("src\\shop", "src/shop"),
    ] {
        assert_eq!(root(given), expected, "{given}");
    }
}

#[test]
fn hostile_names_and_paths_do_no_harm() {
    let long = "<".repeat(100_000);
    for platform in ["python", "javascript", "java", "go", "ruby", "php", "csharp", "rust", "cocoa"]
    {
        for text in ["::", "", "[", "]", "<", "lambda$", "é::", "-[", " in ", "$", "(", &long] {
            let frame = raw(text, text, text, text);
            let _ = (place(&frame, platform), function(&frame, platform));
        }
    }
    let climb = raw("../../../etc/passwd.py", "", "", "");
    assert_eq!(place(&climb, "python").unwrap().path, "passwd.py/etc/");
}
