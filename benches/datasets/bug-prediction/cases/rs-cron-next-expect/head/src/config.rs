/// A command and the minutes of the day at which it starts.
#[derive(Debug, PartialEq, Eq)]
pub struct Job {
    pub minutes: Vec<u16>,
    pub command: String,
}

/// Reads lines of the form `06:30,18:30 command`; each job has at least one time.
pub fn parse(text: &str) -> Result<Vec<Job>, String> {
    let mut jobs = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (times, command) = line
            .split_once(' ')
            .ok_or(format!("line {}: no command", number + 1))?;
        let mut minutes = Vec::new();
        for time in times.split(',') {
            minutes.push(minute(time).ok_or(format!("line {}: bad time {time}", number + 1))?);
        }
        minutes.sort_unstable();
        jobs.push(Job {
            minutes,
            command: command.trim().to_owned(),
        });
    }
    Ok(jobs)
}

/// The minute of the day of a time such as `06:30`.
pub fn minute(time: &str) -> Option<u16> {
    let (hour, minute) = time.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}
