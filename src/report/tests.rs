//! What reports look like.

use insta::assert_snapshot;

use super::*;
use crate::change::Skipped;
use crate::finding::{Evidence, Fix, IssueLink, Location, Origin, Side};
use crate::review::{Cause, Dropped, SentryState, StageTime};

pub fn clean() -> Review {
    Review {
        schema: 1,
        forewarn: "0.0.0".into(),
        id: String::new(),
        label: "main..HEAD".into(),
        base: "b".repeat(40),
        head: "h".repeat(40),
        mode: Mode::Judged { model: "qwen3-4b".into() },
        findings: Vec::new(),
        dropped: Vec::new(),
        reviewed: vec!["shop/cart.py".into(), "shop/app.py".into()],
        skipped: Vec::new(),
        sentry: SentryState::default(),
        notes: Vec::new(),
        stages: Vec::new(),
        cached: false,
    }
}

fn finding() -> Finding {
    Finding {
        id: "1a2b3c4d5e6f".into(),
        origin: Origin::Impact,
        rule: Some("signature".into()),
        kind: "signature".into(),
        title: "A caller of total() still passes two arguments".into(),
        short: "`total` now needs a currency, and `checkout` does not pass one.".into(),
        explanation: "Every checkout raises TypeError, because the call in app.py was left as it was when the parameter was added without a default.".into(),
        fix: Some(Fix {
            text: "Pass the order's currency.".into(),
            patch: Some("--- a/shop/app.py\n+++ b/shop/app.py\n@@ -9 +9 @@\n-total(items, tax)\n+total(items, tax, order.currency)\n".into()),
        }),
        location: Location::new("shop/cart.py", 3, 4),
        anchor: Location::line("shop/cart.py", 3),
        symbol: Some("total".into()),
        prior: 0.85,
        severity: 0.8,
        confidence: 0.912,
        evidence: vec![
            Evidence {
                source: Source::Diff { path: "shop/cart.py".into(), start: 3, end: 3, side: Side::New },
                quote: "def total(items, tax, currency):".into(),
                note: Some("The parameter has no default.".into()),
            },
            Evidence {
                source: Source::Search { query: r"total\(".into(), path: "shop/app.py".into(), start: 9, end: 9 },
                quote: "\treturn total(items, tax)".into(),
                note: None,
            },
        ],
        issues: vec![IssueLink {
            id: "77".into(),
            short_id: Some("SHOP-12".into()),
            title: "TypeError: total() missing 1 required positional argument".into(),
            url: Some("https://sentry.example.org/issues/77/".into()),
        }],
        judge: Judge::Program,
        checked: vec!["all calls of total".into(), "its overloads".into()],
        unchecked: vec!["calls by reflection".into()],
    }
}

fn source(path: &str) -> Option<String> {
    (path == "shop/cart.py").then(|| {
        "import money\n\ndef total(items, tax, currency):\n    \
         return money.sum(items, currency) * (1 + tax)\n\n\ndef empty():\n    pass\n"
            .to_owned()
    })
}

fn written(
    report: &dyn Report,
    review: &Review,
    source: &dyn Fn(&str) -> Option<String>,
) -> String {
    let mut out = Vec::new();
    report.write(review, source, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn terminal(review: &Review) -> String {
    written(&Terminal { color: false, verbose: false }, review, &source)
}

#[test]
fn a_clean_review_is_one_line() {
    assert_snapshot!(terminal(&clean()), @r#"forewarn: no findings in 2 files of main..HEAD; judged by qwen3-4b"#);
}

#[test]
fn a_review_without_a_model_says_so() {
    let review = Review {
        mode: Mode::ModelFree { reason: "none is installed".into() },
        skipped: ["a.lock", "b.lock", "c.lock", "d.lock"]
            .map(|path| Skipped { path: path.into(), reason: "lock file".into() })
            .into_iter()
            .chain([Skipped { path: "logo.png".into(), reason: "binary".into() }])
            .collect(),
        ..clean()
    };
    assert_snapshot!(terminal(&review), @r#"forewarn: no findings in 2 files of main..HEAD; no model judged (none is installed): findings rest on rules, impact and history; 5 files not read: a.lock, b.lock, c.lock and 1 more (lock file); logo.png (binary)"#);
    // Many files do not make the one line long; the details name each.
    let skip = |n: usize, why: &str| Skipped { path: format!("f{n}"), reason: why.into() };
    let review = Review {
        skipped: (0..40).map(|n| skip(n, ["a test", "documentation"][n / 25])).collect(),
        ..clean()
    };
    assert_snapshot!(terminal(&review), @r#"forewarn: no findings in 2 files of main..HEAD; judged by qwen3-4b; 40 files not read: 25 (a test); 15 (documentation)"#);
    let mut moved = review.clone();
    moved.skipped.extend((40..44).map(|n| skip(n, &format!("renamed from {n}"))));
    assert_snapshot!(terminal(&moved), @r#"forewarn: no findings in 2 files of main..HEAD; judged by qwen3-4b; 44 files not read: 25 (a test); 15 (documentation); 1 (renamed from 40); 3 more"#);
    let detailed = written(&Terminal { color: false, verbose: true }, &review, &|_| None);
    assert!(detailed.contains("\n  f39: documentation\n"), "{detailed}");
    let review = Review { mode: Mode::Unqualified { model: "smollm2-135m".into() }, ..clean() };
    assert_snapshot!(terminal(&review), @r#"forewarn: no findings in 2 files of main..HEAD; no model judged (smollm2-135m may not): findings rest on rules, impact and history"#);
}

#[test]
fn a_finding_shows_all_it_rests_on() {
    let review = Review {
        id: "20260101-000000-aaaaaaaa".into(),
        findings: vec![finding()],
        notes: vec!["The index covers 3 of 4 files.".into()],
        ..clean()
    };
    assert_snapshot!(terminal(&review), @r#"
    high: A caller of total() still passes two arguments
     --> shop/cart.py:3:1
      |
    1 | import money
    2 |
    3 | def total(items, tax, currency):
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    4 |     return money.sum(items, currency) * (1 + tax)
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      severity    high 0.800, confidence 0.912, origin impact, shown by the program
      what        `total` now needs a currency, and `checkout` does not pass one.
      why         Every checkout raises TypeError, because the call in app.py was left as it
                  was when the parameter was added without a default.
      evidence    diff shop/cart.py:3
                  | def total(items, tax, currency):
                  The parameter has no default.
      evidence    shop/app.py:9 (search `total\(`)
                  |     return total(items, tax)
      Sentry      SHOP-12 TypeError: total() missing 1 required positional argument
                  https://sentry.example.org/issues/77/
      fix         Pass the order's currency.
                  | --- a/shop/app.py
                  | +++ b/shop/app.py
                  | @@ -9 +9 @@
                  | -total(items, tax)
                  | +total(items, tax, order.currency)
      checked     all calls of total; its overloads
      not checked calls by reflection
      id          1a2b3c4d5e6f

    forewarn: 1 finding in 2 files of main..HEAD
      judged by qwen3-4b
      note: The index covers 3 of 4 files.
      forewarn show 20260101-000000-aaaaaaaa --trace tells how it came about
    "#);
    assert_snapshot!(written(&Markdown, &review, &source), @r#"
    **forewarn**: 1 finding in 2 files of `main..HEAD`.

    ### A caller of total() still passes two arguments

    `shop/cart.py:3-4` · severity **high** 0.800 · confidence 0.912 · origin impact · shown by the program · `1a2b3c4d5e6f`

    `total` now needs a currency, and `checkout` does not pass one.

    ```
    import money

    def total(items, tax, currency):
        return money.sum(items, currency) * (1 + tax)
    ```

    <details><summary>Explanation</summary>

    Every checkout raises TypeError, because the call in app.py was left as it was when the parameter was added without a default.

    </details>

    Evidence, `diff shop/cart.py:3`: The parameter has no default.

    ```
    def total(items, tax, currency):
    ```

    Evidence, ``shop/app.py:9 (search `total\(`)``

    ```
        return total(items, tax)
    ```

    Sentry [SHOP-12](<https://sentry.example.org/issues/77/>): TypeError: total() missing 1 required positional argument

    Fix: Pass the order's currency.

    ```diff
    --- a/shop/app.py
    +++ b/shop/app.py
    @@ -9 +9 @@
    -total(items, tax)
    +total(items, tax, order.currency)
    ```

    Checked: all calls of total; its overloads

    Not checked: calls by reflection


    ---

    <sub>Judged by qwen3-4b.</sub>

    <sub>The index covers 3 of 4 files.</sub>
    "#);
}

#[test]
fn a_verbose_report_tells_times_and_what_was_dropped() {
    let review = Review {
        cached: true,
        dropped: vec![Dropped {
            title: "May divide by zero".into(),
            origin: Origin::Model,
            rule: None,
            kind: "division_by_zero".into(),
            location: Location::line("shop/cart.py", 4),
            symbol: Some("total".into()),
            mechanism: "A tax of -1 makes the divisor zero.".into(),
            prior: 0.4,
            severity: 0.5,
            stage: "gather".into(),
            cause: Cause::Refuted,
            reason: "tax is never -1".into(),
            confidence: Some(0.12),
        }],
        stages: [("filter", 8, 0), ("draft", 61_200, 900), ("verify", 130_000, 4000)]
            .map(|(stage, milliseconds, tokens)| StageTime {
                stage: stage.into(),
                milliseconds,
                prompt_tokens: tokens,
                cached_tokens: tokens / 2,
                completion_tokens: tokens / 10,
            })
            .into(),
        ..clean()
    };
    let report = Terminal { color: false, verbose: true };
    assert_snapshot!(written(&report, &review, &source), @r#"
    forewarn: no findings in 2 files of main..HEAD, from an earlier run; judged by qwen3-4b

    dropped
      May divide by zero (shop/cart.py:4, origin model): tax is never -1 in gather, confidence 0.120

    stages
      filter          8 ms
      draft         61.2 s  900 tokens in (450 cached), 90 out
      verify     2 min 10 s  4000 tokens in (2000 cached), 400 out
      total      3 min 11 s
    "#);
}

/// A review whose every text tries to steer the terminal or the page.
fn hostile() -> Review {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}@all <script>x</script>\u{202e}```\r\u{9b}1m";
    let mut finding = finding();
    finding.title = evil.into();
    finding.short = format!("{evil}\n```\n# heading\n![x](http://x)");
    finding.explanation = evil.into();
    finding.location.path = format!("a\u{1b}[31m{}.py", "x".repeat(300));
    finding.evidence[0].quote = format!("````\n{evil}\n{}", "y".repeat(500));
    finding.evidence[0].note = Some(evil.into());
    finding.issues[0].title = evil.into();
    finding.issues[0].url = Some("javascript:alert(1)".into());
    finding.fix = Some(Fix { text: evil.into(), patch: Some(evil.into()) });
    finding.checked = vec![evil.into()];
    finding.id = evil.into();
    finding.judge = Judge::Model(evil.into());
    Review {
        label: evil.into(),
        mode: Mode::ModelFree { reason: evil.into() },
        findings: vec![finding],
        skipped: vec![Skipped { path: evil.into(), reason: evil.into() }],
        notes: vec![evil.into()],
        stages: vec![StageTime {
            stage: evil.into(),
            milliseconds: 1,
            prompt_tokens: 0,
            cached_tokens: 0,
            completion_tokens: 0,
        }],
        ..clean()
    }
}

#[test]
fn hostile_text_is_harmless_in_every_format() {
    let review = hostile();
    let source = |_: &str| Some("\n\n\u{1b}[31mred \u{202e}x\u{7}\n".repeat(3));
    for report in [
        &Terminal { color: false, verbose: true } as &dyn Report,
        &Terminal { color: true, verbose: true },
        &Json,
        &Markdown,
    ] {
        let text = written(report, &review, &source);
        let steering = |c: char| plain::is_hostile(c) && c != '\u{1b}';
        assert!(!text.contains(steering), "{text:?}");
        assert!(!text.contains("owned\u{7}") && !text.contains("\u{1b}[2J"));
    }
    let text = written(&Terminal { color: false, verbose: false }, &review, &source);
    assert!(!text.contains('\u{1b}'));
    assert!(text.lines().all(|l| l.chars().count() <= 420), "{text}");
    let text = written(&Markdown, &review, &source);
    let spans = regex::Regex::new(r"(^|[^`])(`+)[^`].*?[^`](`+)").unwrap();
    let outside: Vec<String> = outside_of_fences(&text)
        .into_iter()
        .map(|line| spans.replace_all(line, "$1code").into_owned())
        .collect();
    assert!(outside.iter().all(|l| !l.contains("<script") && !l.starts_with("# ")), "{text}");
    assert!(!outside.iter().any(|l| l.contains("](javascript") || l.contains("@all")), "{text}");
}

/// Lines that a Markdown reader takes as prose; panics on an open fence.
fn outside_of_fences(text: &str) -> Vec<&str> {
    let mut outside = Vec::new();
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let run = line.len() - line.trim_start_matches('`').len();
        match open {
            None if run >= 3 => open = Some(run),
            None => outside.push(line),
            Some(width) if run >= width && line.trim_matches('`').is_empty() => open = None,
            Some(_) => {}
        }
    }
    assert_eq!(open, None, "a fence stays open");
    outside
}

#[test]
fn hostile_text_on_a_terminal() {
    let mut review = hostile();
    review.findings[0].location.path = "a\u{1b}[31m.py".into();
    review.findings[0].evidence.truncate(1);
    assert_snapshot!(terminal(&review), @r#"
    high: @all <script>x</script>```
    --> a.py:3
      severity    high 0.800, confidence 0.912, origin impact, judged by @all
                  <script>x</script>```
      what        @all <script>x</script>```
                  ```
                  # heading
                  ![x](http://x)
      why         @all <script>x</script>```
      evidence    diff shop/cart.py:3
                  | ````
                  | @all <script>x</script>```
                  | yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
                  @all <script>x</script>```
      Sentry      SHOP-12 @all <script>x</script>```
      fix         @all <script>x</script>```
                  | @all <script>x</script>```
      checked     @all <script>x</script>```
      not checked calls by reflection
      id          @all <script>x</scr…

    forewarn: 1 finding in 2 files of @all <script>x</script>```
      no model judged (@all <script>x</script>```): findings rest on rules, impact and history
      1 file not read: @all <script>x</script>``` (@all <script>x</script>```)
      note: @all <script>x</script>```
    "#);
}

#[test]
fn json_reads_back_as_the_same_review() {
    let review = hostile();
    let text = written(&Json, &review, &source);
    assert_eq!(serde_json::from_str::<Review>(&text).unwrap(), review);
}

/// With `FOREWARN_UPDATE=1` the published schema is written anew.
#[test]
fn the_published_schema_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/review.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("FOREWARN_UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert_eq!(published, text, "run this test with FOREWARN_UPDATE=1 and commit the file");
}

#[test]
fn only_safe_web_links_are_followed() {
    assert!(web_link(Some("https://a.b/c?d=e")).is_some());
    for bad in ["javascript:x", "https://a b", "https://a>b", "https://a)b", "ftp://a"] {
        assert_eq!(web_link(Some(bad)), None, "{bad}");
    }
}
