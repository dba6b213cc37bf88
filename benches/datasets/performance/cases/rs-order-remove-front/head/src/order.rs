use crate::graph::Graph;

/// A package and how many others must be built one after the other before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub package: usize,
    pub depth: usize,
}

/// Packages in an order in which each comes after all that it needs, by depth: those of
/// one depth can be built at the same time. Err with how many cannot be ordered if there
/// is a cycle.
pub fn build_order(graph: &Graph) -> Result<Vec<Step>, usize> {
    let users = graph.reversed();
    let mut open: Vec<usize> = graph.needs.iter().map(Vec::len).collect();
    let mut ready: Vec<Step> = (0..open.len())
        .filter(|&package| open[package] == 0)
        .map(|package| Step { package, depth: 0 })
        .collect();
    let mut order = Vec::with_capacity(open.len());
    while !ready.is_empty() {
        let step = ready.remove(0);
        order.push(step);
        for &user in &users[step.package] {
            open[user] -= 1;
            if open[user] == 0 {
                ready.push(Step {
                    package: user,
                    depth: step.depth + 1,
                });
            }
        }
    }
    if order.len() == open.len() {
        Ok(order)
    } else {
        Err(open.len() - order.len())
    }
}
