//! `move`: a queued run is put elsewhere in the queue. It stands there afterwards: among runs of another
//! priority it takes theirs.

use dissect_runs::home::RunId;
use dissect_runs::place::Place;
use dissect_runs::protocol::{Code, Done, Reply, Whereto};
use dissect_runs::state::State;

use crate::supervisor::{Refused, Supervisor};

/// How far apart two runs are put that stand too near for a third to come between.
const GAP: f64 = 1.0;

pub(crate) fn reorder(supervisor: &mut Supervisor, reference: &str, to: &Whereto) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let mut queue = supervisor.waiting();
    let before = position(supervisor, &queue, &id)?;
    queue.remove(before);
    let index = match to {
        Whereto::Up => before.saturating_sub(1),
        Whereto::Down => (before + 1).min(queue.len()),
        Whereto::Top => 0,
        Whereto::Bottom => queue.len(),
        Whereto::Before(other) => {
            let other = supervisor.find(other)?;
            if other == id {
                return Ok(supervisor.done(&id));
            }
            position(supervisor, &queue, &other)?
        }
    };
    if index != before {
        let place = between(supervisor, &id, &queue[..index], queue.get(index))?;
        supervisor.set_place(&id, place)?;
    }
    Ok(supervisor.done(&id))
}

/// The queued runs of a group are put one behind the other, in the order in which they stand, and told in it.
pub(crate) fn reorder_group(
    supervisor: &mut Supervisor,
    group: &str,
    to: &Whereto,
) -> Result<Vec<Reply>, Refused> {
    let is_member = |id: &RunId| supervisor.runs()[id].place.group.as_deref() == Some(group);
    let (members, others): (Vec<RunId>, Vec<RunId>) = supervisor.waiting().into_iter().partition(is_member);
    let queue = supervisor.waiting();
    let (Some(first), Some(last)) = (members.first(), members.last()) else {
        let message = format!("no queued run is of group `{group}`; `dissect run list --queue` shows them");
        return Err(Refused::new(Code::NotFound, message));
    };
    // How many of the others stand before this one.
    let ahead_of =
        |id: &RunId| queue.iter().take_while(|other| *other != id).filter(|id| !is_member(id)).count();
    let index = match to {
        Whereto::Up => ahead_of(first).saturating_sub(1),
        Whereto::Down => (ahead_of(last) + 1).min(others.len()),
        Whereto::Top => 0,
        Whereto::Bottom => others.len(),
        Whereto::Before(other) => {
            let other = supervisor.find(other)?;
            if is_member(&other) {
                let message = format!("run {other} is itself of group `{group}`");
                return Err(Refused::new(Code::Usage, message));
            }
            position(supervisor, &others, &other)?
        }
    };
    // The first takes its place among the others, each further one behind the one before.
    let (mut ahead, behind) = (others[..index].to_vec(), &others[index..]);
    for id in &members {
        // Where it is to be already, nothing is written.
        let queue = supervisor.waiting();
        let at = queue.iter().position(|queued| queued == id);
        let is_there = at.is_some_and(|at| queue[..at] == ahead[..]);
        if !is_there {
            let place = between(supervisor, id, &ahead, behind.first())?;
            supervisor.set_place(id, place)?;
        }
        ahead.push(id.clone());
    }
    debug_assert_eq!(supervisor.waiting(), [&ahead[..], behind].concat());
    let standing = members.iter().map(|id| Reply::Run(supervisor.runs()[id].standing(id)));
    Ok(standing.chain([Reply::Ok(Done::default())]).collect())
}

fn position(supervisor: &Supervisor, queue: &[RunId], id: &RunId) -> Result<usize, Refused> {
    queue.iter().position(|queued| queued == id).ok_or_else(|| {
        let status = supervisor.runs()[id].state.status();
        Refused::new(Code::Conflict, format!("run {id} is {status}; only queued runs can be moved"))
    })
}

/// The place of `id` behind the last of `ahead` and before `next`. It is one write; only where the two
/// leave no room between them, those ahead are moved first, in an order in which none overtakes another.
fn between(
    supervisor: &mut Supervisor,
    id: &RunId,
    ahead: &[RunId],
    next: Option<&RunId>,
) -> Result<Place, Refused> {
    let priority_of = |id: &RunId| supervisor.runs()[id].place.priority;
    let lowest = next.map_or(i32::MIN, priority_of);
    let highest = ahead.last().map_or(i32::MAX, priority_of);
    let mine = supervisor.runs()[id].place.clone();
    let priority = mine.priority.clamp(lowest, highest);
    let peer = |id: &&RunId| supervisor.runs()[*id].place.priority == priority;
    let (previous, next) = (ahead.last().filter(peer), next.filter(peer));
    let order = match (previous.map(|id| order(supervisor, id)), next.map(|id| order(supervisor, id))) {
        (None, None) => mine.order.unwrap_or(order(supervisor, id)),
        // Whatever is queued from now on stands behind it.
        (Some(previous), None) => supervisor.now().max(previous.next_up()),
        (None, Some(next)) => next - GAP,
        (Some(previous), Some(next)) => match middle(previous, next) {
            Some(order) => order,
            None => {
                let peers: Vec<RunId> = ahead.iter().filter(peer).cloned().collect();
                for id in &peers {
                    let order = order(supervisor, id) - GAP;
                    let place = supervisor.runs()[id].place.clone();
                    supervisor.set_place(id, Place { order: Some(order), ..place })?;
                }
                next - GAP / 2.0
            }
        },
    };
    Ok(Place { priority, order: Some(order), ..mine })
}

fn order(supervisor: &Supervisor, id: &RunId) -> f64 {
    let entry = &supervisor.runs()[id];
    debug_assert!(matches!(entry.state, State::Queued { .. }));
    entry.place.order(entry.state.since())
}

/// A time between the two, where there is one.
fn middle(previous: f64, next: f64) -> Option<f64> {
    let middle = previous + (next - previous) / 2.0;
    (previous < middle && middle < next).then_some(middle)
}
