/// Packages by number, and which others each of them needs.
#[derive(Default)]
pub struct Graph {
    pub needs: Vec<Vec<usize>>,
}

impl Graph {
    /// A graph of so many packages that need nothing. Distributions have up to 300,000.
    pub fn new(packages: usize) -> Self {
        Self {
            needs: vec![Vec::new(); packages],
        }
    }

    pub fn add(&mut self, package: usize, needed: usize) {
        self.needs[package].push(needed);
    }

    /// For each package those that need it.
    pub fn reversed(&self) -> Vec<Vec<usize>> {
        let mut users = vec![Vec::new(); self.needs.len()];
        for (package, needs) in self.needs.iter().enumerate() {
            for &needed in needs {
                users[needed].push(package);
            }
        }
        users
    }
}
