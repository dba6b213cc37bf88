use jobqueue::Queue;

#[test]
fn runs_what_was_pushed() {
    let queue = Queue::default();
    queue.push("mail", Box::new(|| {}));
    queue.work_once();
    assert_eq!(queue.running(), 0);
}
