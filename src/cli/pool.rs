//! Work side by side, results in order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// What comes of work while it is done, and when it is.
pub enum Delivery<E, R> {
    /// Something happened, at once and in whatever order it does.
    Event(E),
    /// An item is done; these come in the order of the items.
    Done(R),
}

/// As [`in_order`], and hands on at once what the work tells while it is done.
pub fn in_order_with_events<T: Sync, E: Send, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T, &dyn Fn(E)) -> R + Sync,
    mut deliver: impl FnMut(Delivery<E, R>) -> ControlFlow<()>,
) {
    if jobs <= 1 || items.len() <= 1 {
        let deliver = std::cell::RefCell::new(deliver);
        let tell = |told| (*deliver.borrow_mut())(told);
        let _ = items.iter().try_for_each(|item| {
            let result = work(item, &|event| {
                let _ = tell(Delivery::Event(event));
            });
            tell(Delivery::Done(result))
        });
        return;
    }
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (done, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()) {
            let (done, next, stop, work) = (done.clone(), &next, &stop, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = work(item, &|event| drop(done.send(Delivery::Event(event))));
                    if done.send(Delivery::Done((index, result))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        let (mut early, mut due) = (BTreeMap::new(), 0);
        for told in results {
            match told {
                Delivery::Event(event) => {
                    let _ = deliver(Delivery::Event(event));
                }
                Delivery::Done((index, result)) => drop(early.insert(index, result)),
            }
            while let Some(result) = early.remove(&due) {
                due += 1;
                if deliver(Delivery::Done(result)).is_break() {
                    stop.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    });
}

/// Does `work` on every item, up to `jobs` at a time, and hands the results to `deliver` in the order of the items,
/// whatever finishes first. Once `deliver` breaks, no further item is begun and nothing more is delivered.
pub fn in_order<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> R + Sync,
    mut deliver: impl FnMut(R) -> ControlFlow<()>,
) {
    in_order_with_events(
        items,
        jobs,
        |item, _: &dyn Fn(())| work(item),
        |told| match told {
            Delivery::Event(()) => ControlFlow::Continue(()),
            Delivery::Done(result) => deliver(result),
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Condvar, Mutex};

    #[test]
    fn results_come_in_order_although_the_first_item_ends_last() {
        let ended = (Mutex::new(0), Condvar::new());
        let work = |&item: &usize| {
            let mut count = ended.0.lock().expect("nobody panicked");
            while item == 0 && *count < 3 {
                count = ended.1.wait(count).expect("nobody panicked");
            }
            *count += 1;
            ended.1.notify_all();
            item
        };
        let mut got = Vec::new();
        in_order(&[0, 1, 2, 3], 2, work, |item| {
            got.push(item);
            ControlFlow::Continue(())
        });
        assert_eq!(got, [0, 1, 2, 3]);
    }

    #[test]
    fn nothing_is_delivered_behind_a_break() {
        for jobs in [1, 4] {
            let items: Vec<usize> = (0..1000).collect();
            let mut got = Vec::new();
            in_order(
                &items,
                jobs,
                |&item| item,
                |item| {
                    got.push(item);
                    if item == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                },
            );
            assert_eq!(got, [0, 1, 2, 3, 4, 5], "{jobs} jobs");
        }
    }
}
