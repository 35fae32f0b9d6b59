//! What keys do, seen in the state and in what it asks for.

use super::world::{NOW, World};
use crate::dashboard::state::{Effect, Event, Key, Overlay, Request, Screen, State};

const SIZE: (u16, u16) = (100, 30);

fn asked(state: &mut State, keys: &[Key]) -> Vec<Effect> {
    let effects = keys.iter().flat_map(|key| state.update(Event::Key(*key)));
    effects.filter(|effect| !matches!(effect, Effect::Draw)).collect()
}

/// The run under the cursor after `downs` steps down, on the list.
const RUNNING: &str = "20261123-101502-vgg11-true-s1";
const FAILED: &str = "20261123-101505-vgg11-random-s2";

fn on(world: &World, id: &str) -> State {
    let mut state = world.state(SIZE, "");
    state.cursor.put_on(id);
    state
}

#[test]
fn runs_are_stopped_resumed_and_removed_as_they_allow() {
    let world = World::new();
    let char = Key::Char;
    for (id, keys, expected) in [
        (RUNNING, vec![char('t')], Some(Request::Stop(RUNNING.to_owned()))),
        (RUNNING, vec![char('r')], None),
        (RUNNING, vec![char('x')], None),
        (FAILED, vec![char('t')], None),
        (FAILED, vec![char('r')], Some(Request::Resume(FAILED.to_owned()))),
        (FAILED, vec![char('x')], None),
        (FAILED, vec![char('x'), char('n')], None),
        (FAILED, vec![char('x'), Key::Enter, char('y')], Some(Request::Remove(FAILED.to_owned()))),
    ] {
        let mut state = on(&world, id);
        let effects = asked(&mut state, &keys);
        assert_eq!(effects, expected.into_iter().map(Effect::Send).collect::<Vec<_>>(), "{id} {keys:?}");
        let said = state.notice.is_some() || state.overlay.is_some() || keys.contains(&char('n'));
        assert!(said, "{id} {keys:?}: nothing is said");
    }
}

#[test]
fn a_form_is_sent_once_and_says_why_it_was_refused() {
    let world = World::new();
    let mut state = world.state(SIZE, "n");
    let sent = asked(&mut state, &[Key::Enter, Key::Enter]);
    let [Effect::Send(request @ Request::Start { spec, .. })] = sent.as_slice() else { panic!("{sent:?}") };
    assert!(spec.contains("kind = \"train\""), "{spec}");
    state.update(Event::Reply { request: request.clone(), outcome: Err("the disk is full".to_owned()) });
    assert!(matches!(&state.overlay, Some(Overlay::Form(_))) && state.notice.is_none());
    let again = asked(&mut state, &[Key::Enter]);
    assert_eq!(again.len(), 1);
    let id = "20261123-101600-new".to_owned();
    state.update(Event::Reply { request: request.clone(), outcome: Ok(Some(id)) });
    assert!(state.overlay.is_none() && state.notice.is_some());
}

#[test]
fn good_news_leaves_by_itself_and_bad_news_stays() {
    let world = World::new();
    for (outcome, stays) in [(Ok(None), false), (Err("no".to_owned()), true)] {
        let mut state = world.state(SIZE, "");
        state.update(Event::Reply { request: Request::Stop(RUNNING.to_owned()), outcome });
        assert!(state.notice.is_some());
        state.update(Event::Tick(NOW + 3.0));
        assert!(state.notice.is_some());
        state.update(Event::Tick(NOW + 30.0));
        assert_eq!(state.notice.is_some(), stays);
    }
}

#[test]
fn a_wrong_form_is_not_sent() {
    let world = World::new();
    let mut state = world.state(SIZE, "n<down><down><down>-3");
    assert_eq!(asked(&mut state, &[Key::Enter]), []);
    let Some(Overlay::Form(form)) = &state.overlay else { panic!("the form is gone") };
    assert!(form.problem("model.width").is_some());
}

#[test]
fn keys_typed_into_a_form_or_a_filter_are_text() {
    let world = World::new();
    let mut state = world.state(SIZE, "n");
    assert_eq!(asked(&mut state, &"quit2?".chars().map(Key::Char).collect::<Vec<_>>()), []);
    let Some(Overlay::Form(form)) = &state.overlay else { panic!("the form is gone") };
    assert_eq!(form.fields()[1].value, "quit2?");
    let mut state = world.state(SIZE, "/");
    assert_eq!(asked(&mut state, &"q2".chars().map(Key::Char).collect::<Vec<_>>()), []);
    assert_eq!((state.filter.as_str(), state.screen), ("q2", Screen::Runs));
    asked(&mut state, &[Key::Escape]);
    assert_eq!((state.filter.as_str(), state.overlay.is_none()), ("", true));
}

#[test]
fn marks_follow_their_runs_and_choose_the_curves() {
    let world = World::new();
    let mut state = world.state(SIZE, "<down><down> <down> ");
    let names = |runs: Vec<&crate::dashboard::state::Run>| {
        runs.iter().map(|run| run.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(state.in_view()), ["vgg11-random-s2", "vgg11-random-s1"]);
    assert_eq!(state.together().len(), 3, "the one under the cursor stands beside the marked ones");
    state.update(Event::Gone(FAILED.to_owned()));
    assert_eq!(names(state.in_view()), ["vgg11-random-s1"]);
    asked(&mut state, &[Key::Char('u')]);
    assert_eq!(state.in_view().len(), 1);
}

#[test]
fn marked_models_become_a_dissection() {
    let world = World::new();
    let mut state = world.state(SIZE, "3d");
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("mark two classifiers")));
    let places: Vec<String> = state.models.all.iter().map(|model| model.reference.clone()).collect();
    assert!(places.len() >= 4, "{places:?}");
    for reference in &places {
        state.models.cursor.put_on(reference);
        asked(&mut state, &[Key::Char(' ')]);
    }
    let sent = asked(&mut state, &[Key::Char('d'), Key::Enter]);
    let [Effect::Send(Request::Start { spec, .. })] = sent.as_slice() else { panic!("{sent:?}") };
    assert!(spec.contains("kind = \"dissect\"") && spec.contains("run:20261123-101504-gan-shapes"), "{spec}");
}

#[test]
fn opening_goes_to_what_a_run_has_and_escape_comes_back() {
    let world = World::new();
    for (id, expected) in [(RUNNING, Screen::Metrics), ("20261123-101506-dissect-random", Screen::Dissect)] {
        let mut state = on(&world, id);
        asked(&mut state, &[Key::Enter]);
        assert_eq!(state.screen, expected);
        asked(&mut state, &[Key::Escape]);
        assert_eq!(state.screen, Screen::Runs);
    }
    let mut state = on(&world, RUNNING);
    assert_eq!(asked(&mut state, &[Key::Char('q')]), [Effect::Quit]);
    assert_eq!(state.update(Event::Terminated), [Effect::Quit]);
}
