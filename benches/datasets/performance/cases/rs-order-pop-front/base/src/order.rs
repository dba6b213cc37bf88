use crate::graph::Graph;

/// Packages in an order in which each comes after all that it needs; Err with how many
/// cannot be ordered if there is a cycle.
pub fn build_order(graph: &Graph) -> Result<Vec<usize>, usize> {
    let users = graph.reversed();
    let mut open: Vec<usize> = graph.needs.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..open.len()).filter(|&p| open[p] == 0).collect();
    let mut order = Vec::with_capacity(open.len());
    while let Some(package) = ready.pop() {
        order.push(package);
        for &user in &users[package] {
            open[user] -= 1;
            if open[user] == 0 {
                ready.push(user);
            }
        }
    }
    if order.len() == open.len() {
        Ok(order)
    } else {
        Err(open.len() - order.len())
    }
}
