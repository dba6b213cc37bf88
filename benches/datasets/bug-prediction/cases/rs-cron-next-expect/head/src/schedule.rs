use crate::config::Job;

/// The job's times for people.
pub fn describe(job: &Job) -> String {
    let times: Vec<String> = job.minutes.iter().map(|&minute| clock(minute)).collect();
    times.join(", ")
}

/// Minutes from now until the job starts, counting into the next day.
pub fn wait(job: &Job, now: u16) -> u16 {
    const DAY: u16 = 24 * 60;
    job.minutes
        .iter()
        .map(|&minute| (minute + DAY - now % DAY) % DAY)
        .min()
        .expect("a job has at least one time")
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
