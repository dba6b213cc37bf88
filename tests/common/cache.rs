//! What a Sentry cache holds, for tests that look for what must not be in it.

use rusqlite::Connection;

/// Every column of every table, the words of the full-text index, what is compressed.
pub fn rows(db: &Connection) -> String {
    let mut all = String::new();
    db.execute_batch(
        "CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'sentry_text', 'row')",
    )
    .unwrap();
    let mut names = db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' UNION SELECT 'words'")
        .unwrap();
    let names: Vec<String> =
        names.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(names.iter().any(|n| n == "sentry_event") && names.iter().any(|n| n == "words"));
    for table in names {
        let mut statement = db.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for n in 0..columns {
                let value: rusqlite::types::Value = row.get(n).unwrap();
                if let rusqlite::types::Value::Blob(bytes) = &value
                    && let Ok(plain) = zstd::decode_all(bytes.as_slice())
                {
                    all.push_str(&String::from_utf8(plain).unwrap());
                }
                all.push_str(&format!("{value:?}\n"));
            }
        }
    }
    all
}
