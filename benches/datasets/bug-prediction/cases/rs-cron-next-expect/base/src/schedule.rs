use crate::config::Job;

/// The job's times for people.
pub fn describe(job: &Job) -> String {
    let times: Vec<String> = job.minutes.iter().map(|&minute| clock(minute)).collect();
    times.join(", ")
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
